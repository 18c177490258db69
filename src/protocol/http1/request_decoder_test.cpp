#include "protocol/http1/request_decoder.h"

#include <gtest/gtest.h>

#include <random>

#include "protocol/http1/testing/transcript.h"
#include "protocol/http1/testing/vectors.h"

namespace hark::protocol::http1::testing {
namespace {

constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: hark\r\n\r\n";

std::vector<Vector> good_vectors() { return read_vectors(HARK_SOURCE_DIR "/tests/vectors/http1/good.txt"); }
std::vector<Vector> refused_vectors() {
  return read_vectors(HARK_SOURCE_DIR "/tests/vectors/http1/refused.txt");
}

TEST(RequestDecoder, DecodesGoodRequestsInEveryCut) {
  const auto vectors = good_vectors();
  ASSERT_GE(vectors.size(), 40u);
  for (const Vector& v : vectors) {
    for (const std::size_t cut : {std::size_t{1 << 20}, std::size_t{1}, std::size_t{2}, std::size_t{3},
                                  std::size_t{7}, std::size_t{16}}) {
      SCOPED_TRACE(v.name + ", cut " + std::to_string(cut));
      EXPECT_EQ(transcript(v.bytes, {.cuts = {cut}}), v.words);
    }
  }
}

// Goal: nothing that two parsers may read in two ways gets past, nor anything behind it.
// Method: each form with a good request behind it, which must not be seen.
TEST(RequestDecoder, RefusesAmbiguousFramingInEveryCut) {
  const auto vectors = refused_vectors();
  ASSERT_GE(vectors.size(), 47u);
  for (const Vector& v : vectors) {
    ASSERT_NE(v.words.find("error "), std::string::npos) << v.name;
    const std::string bytes = v.bytes + std::string(smuggled);
    for (const std::size_t cut : {std::size_t{1 << 20}, std::size_t{1}, std::size_t{2}, std::size_t{3},
                                  std::size_t{7}, std::size_t{16}}) {
      SCOPED_TRACE(v.name + ", cut " + std::to_string(cut));
      EXPECT_EQ(transcript(bytes, {.cuts = {cut}}), v.words);
    }
  }
}

TEST(RequestDecoder, GivesFieldsPathAndQuery) {
  const struct {
    const char* bytes;
    const char* words;
  } cases[] = {
      {"GET /a/b?c=d?e HTTP/1.1\r\nHost:\thark \r\nA:b c\r\na: \t d\r\n\r\n",
       "GET /a/b?c=d?e /a/b c=d?e {Host: hark} {A: b c} {a: d} end"},
      {"GET http://hark?c HTTP/1.1\r\nHost: hark\r\n\r\n", "GET http://hark?c / c {Host: hark} end"},
      {"GET http://hark HTTP/1.1\r\nHost: hark\r\n\r\n", "GET http://hark /  {Host: hark} end"},
      {"GET http://hark/a%2Fb HTTP/1.1\r\nHost: hark\r\n\r\n",
       "GET http://hark/a%2Fb /a%2Fb  {Host: hark} end"},
      {"GET /http://evil/ HTTP/1.1\r\nHost: hark\r\n\r\n",
       "GET /http://evil/ /http://evil/  {Host: hark} end"},
      {"OPTIONS * HTTP/1.1\r\nHost: hark\r\n\r\n", "OPTIONS * *  {Host: hark} end"},
      {"GET //evil/?a HTTP/1.1\r\nHost: hark\r\n\r\n", "GET //evil/?a //evil/ a {Host: hark} end"},
  };
  for (const auto& c : cases) EXPECT_EQ(transcript(c.bytes, {.full = true}), c.words) << c.bytes;
}

TEST(RequestDecoder, TellsWhetherAnErrorIsOneOfARequest) {
  RequestDecoder decoder;
  decoder.feed(as_byte_span("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(decoder.in_request());
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  EXPECT_TRUE(decoder.in_request());
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::end);
  EXPECT_FALSE(decoder.in_request());
  decoder.feed(as_byte_span("HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::error);
  EXPECT_TRUE(decoder.in_request());
}

TEST(RequestDecoder, FindsFieldsAndTokensWithoutRegardToCase) {
  RequestDecoder decoder;
  decoder.feed(as_byte_span(
      "GET / HTTP/1.1\r\nHost: h\r\nX-One: first\r\nx-one: second\r\nList: a, B ,,c\r\nLIST: d\r\n\r\n"));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  const RequestHead& head = decoder.head();
  EXPECT_EQ(head.get("x-one"), "first");
  EXPECT_EQ(head.get("x-on"), "");
  for (const char* token : {"a", "b", "c", "d"}) EXPECT_TRUE(head.has_token("list", token)) << token;
  for (const char* token : {"a, b", "e", "bb"}) EXPECT_FALSE(head.has_token("list", token)) << token;
}

std::string padded(std::string_view before, std::string_view after, std::size_t size, char pad) {
  return std::string(before) + std::string(size - before.size() - after.size(), pad) + std::string(after);
}

std::string fields(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "A: b\r\n";
  return text;
}

// Each limit at it and one past it, in several cuts.
TEST(RequestDecoder, KeepsItsLimits) {
  const TranscriptOptions tight{.limits = {.head_bytes_max = 100, .fields_max = 3}, .body_bytes_max = 10};
  const std::string host = "Host: hark\r\n", chunked = host + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string line = "POST / HTTP/1.1\r\n";
  const std::string end = " HTTP/1.1\r\n" + host + "\r\n";
  const std::string trailers = line + chunked + "0\r\n";
  const auto trailer = [&](std::size_t size) { return trailers + padded("A:", "\r\n\r\n", size, 'b'); };
  const auto target = [&](std::size_t size) { return "GET " + std::string(size, '/') + " HTTP/1.1\r\n"; };
  const auto extensions = [&](int count) {
    std::string text = line + chunked;
    for (int i = 0; i < count; ++i) text += "0000000000000001;" + std::string(255, 'e') + "\r\n!\r\n";
    return text + "0\r\n\r\n";
  };
  const struct {
    const char* name;
    std::string bytes;
    std::string words;
    bool tight;
  } cases[] = {
      {"a head of 100 bytes", padded("GET /", end, 100, 'a'),
       padded("GET /", "", 100 - end.size(), 'a') + " end", true},
      {"of 101 bytes", padded("GET /", end, 101, 'a'), "error 431 header fields too large", true},
      {"with a line in front", "\r\n" + padded("GET /", end, 100, 'a'),
       padded("GET /", "", 100 - end.size(), 'a') + " end", true},
      {"a request line of 100 bytes", target(100 - 15), "error 431 header fields too large", true},
      {"of 101 bytes", target(101 - 15), "error 414 request line too long", true},
      {"3 fields", "GET / HTTP/1.1\r\n" + host + fields(2) + "\r\n", "GET / end", true},
      {"4 fields", "GET / HTTP/1.1\r\n" + host + fields(3) + "\r\n", "error 431 too many header fields",
       true},
      {"64 fields", "GET / HTTP/1.1\r\n" + host + fields(63) + "\r\n", "GET / end", false},
      {"65 fields", "GET / HTTP/1.1\r\n" + host + fields(64) + "\r\n", "error 431 too many header fields",
       false},
      {"a body of 10 bytes", line + host + "Content-Length: 10\r\n\r\n0123456789",
       "POST / length=10 '0123456789' end", true},
      {"of 11 bytes", line + host + "Content-Length: 11\r\n\r\n0123456789a",
       "POST / length=11, error 413 body too large", true},
      {"chunks of 10 bytes", line + chunked + "8\r\n01234567\r\n2\r\n89\r\n0\r\n\r\n",
       "POST / chunked '0123456789' end", true},
      {"of 11 bytes", line + chunked + "8\r\n01234567\r\n3\r\n89a\r\n0\r\n\r\n",
       "POST / chunked '01234567', error 413 body too large", true},
      {"trailers of 100 bytes", trailer(100), "POST / chunked end", true},
      {"of 101 bytes", trailer(101), "POST / chunked, error 431 trailer fields too large", true},
      {"extensions of 4 KiB", extensions(16), "POST / chunked '!!!!!!!!!!!!!!!!' end", false},
      {"and one more", extensions(17),
       "POST / chunked '!!!!!!!!!!!!!!!!', error 400 chunk extensions too long", false},
  };
  for (const auto& c : cases) {
    for (const std::size_t cut : {std::size_t{1 << 20}, std::size_t{1}, std::size_t{7}}) {
      SCOPED_TRACE(std::string(c.name) + ", cut " + std::to_string(cut));
      TranscriptOptions options = c.tight ? tight : TranscriptOptions{};
      options.cuts = {cut};
      EXPECT_EQ(transcript(c.bytes + (c.words.ends_with("end") ? "" : std::string(smuggled)), options),
                c.words);
    }
  }
}

TEST(RequestDecoder, AllowsNoBodyUnlessAsked) {
  const TranscriptOptions none{.body_bytes_max = 0};
  const std::string head = "POST / HTTP/1.1\r\nHost: hark\r\n";
  EXPECT_EQ(transcript(head + "Content-Length: 0\r\n\r\n", none), "POST / end");
  EXPECT_EQ(transcript(head + "Content-Length: 1\r\n\r\n!", none),
            "POST / length=1, error 413 body too large");
  EXPECT_EQ(transcript(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", none), "POST / chunked end");
  EXPECT_EQ(transcript(head + "Transfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n", none),
            "POST / chunked, error 413 body too large");

  // What one request was allowed, the next one is not.
  RequestDecoder decoder;
  const std::string one = head + "Content-Length: 1\r\n\r\n!";
  decoder.feed(as_byte_span(one));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  decoder.allow_body(1);
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::body);
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::end);
  decoder.feed(as_byte_span(one));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::error);
}

TEST(RequestDecoder, DecodesNothingAfterAnError) {
  RequestDecoder decoder;
  decoder.feed(as_byte_span("\n"));
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::error);
  for (int i = 0; i < 3; ++i) {
    decoder.feed(as_byte_span(smuggled));
    EXPECT_EQ(decoder.next(), RequestDecoder::Event::need_more);
    EXPECT_EQ(decoder.buffered(), 0u);
    EXPECT_EQ(decoder.error().status, 400);
    EXPECT_FALSE(decoder.between_requests());
  }
}

TEST(RequestDecoder, KnowsWhetherARequestHasBegun) {
  RequestDecoder decoder;
  EXPECT_TRUE(decoder.between_requests());
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::need_more);
  decoder.feed(as_byte_span("G"));
  EXPECT_FALSE(decoder.between_requests());
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::need_more);
  EXPECT_FALSE(decoder.between_requests());
  decoder.feed(as_byte_span("ET / HTTP/1.1\r\nHost: hark\r\n\r\n\r\n"));
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::head);
  EXPECT_FALSE(decoder.between_requests());
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::end);
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::need_more);
  EXPECT_TRUE(decoder.between_requests());
}

TEST(RequestDecoder, TheHeadOutlivesFeedsOfItsBody) {
  RequestDecoder decoder;
  decoder.feed(as_byte_span("POST /a HTTP/1.1\r\nHost: hark\r\nContent-Length: 3000\r\n\r\n"));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  decoder.allow_body(3000);
  const std::string piece(1000, 'x');
  for (int i = 0; i < 3; ++i) {
    decoder.feed(as_byte_span(piece));
    ASSERT_EQ(decoder.next(), RequestDecoder::Event::body);
    EXPECT_EQ(as_text(decoder.body()), piece);
  }
  EXPECT_EQ(decoder.next(), RequestDecoder::Event::end);
  EXPECT_EQ(decoder.head().target, "/a");
  EXPECT_EQ(decoder.head().get("host"), "hark");
}

TEST(RequestDecoder, HoldsLittleWhileItIdles) {
  RequestDecoder decoder;
  decoder.feed(as_byte_span("POST /a HTTP/1.1\r\nHost: hark\r\nContent-Length: 65536\r\n\r\n"));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::head);
  decoder.allow_body(1 << 16);
  decoder.feed(as_byte_span(std::string(1 << 16, 'x')));
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::body);
  EXPECT_GT(decoder.held_bytes(), 1u << 16);
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::end);
  ASSERT_EQ(decoder.next(), RequestDecoder::Event::need_more);
  EXPECT_LT(decoder.held_bytes(), 2048u);
}

// Goal: no cut changes what is decoded. Method: good and refused forms, one behind the other, some
// bytes changed, decoded whole and in random cuts.
TEST(RequestDecoder, DecodesTheSameInAnyCut) {
  std::vector<Vector> vectors = good_vectors();
  for (Vector& v : refused_vectors()) vectors.push_back(std::move(v));
  const std::uint64_t first_seed = std::random_device{}();
  for (std::uint64_t seed = first_seed; seed < first_seed + 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&](std::size_t end) { return random() % end; };
    std::string bytes;
    for (std::size_t i = 1 + below(3); i > 0; --i) bytes += vectors[below(vectors.size())].bytes;
    constexpr std::string_view nasty("\r\n\0 \t:;,0aF\x7f\xff", 13);
    for (std::size_t i = below(4); i > 0; --i) {
      const std::size_t at = below(bytes.size() + 1);
      if (below(2) == 0)
        bytes.erase(at, 1);
      else
        bytes.insert(at, 1, nasty[below(nasty.size())]);
    }
    TranscriptOptions options{.limits = {.head_bytes_max = 50 + below(300), .fields_max = 1 + below(4)},
                              .body_bytes_max = below(30),
                              .full = true};
    const std::string whole = transcript(bytes, options);
    options.cuts.clear();
    for (std::size_t i = 1 + below(8); i > 0; --i) options.cuts.push_back(1 + below(20));
    ASSERT_EQ(transcript(bytes, options), whole);
  }
}

}  // namespace
}  // namespace hark::protocol::http1::testing
