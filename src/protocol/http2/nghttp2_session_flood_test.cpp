// The attacks on HTTP/2 that are known by name, each at the limit and one past it.
#include <gmock/gmock.h>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

constexpr std::uint32_t calm = NGHTTP2_ENHANCE_YOUR_CALM;

/// Sends `attack(i)` for i = 0, 1, ... and gives how many the session took before it failed.
template <typename Attack>
int taken_before_cut(Server& server, Attack attack, int tries = 30'000, bool produces = true) {
  for (int i = 0; i < tries; ++i) {
    const bool received = server.receive(attack(i)).has_value();
    if (produces && received) server.produce();
    if (!received || server.session->done()) return i;
  }
  return tries;
}

std::int32_t nth(int i) { return 2 * i + 1; }

TEST(Nghttp2SessionFlood, CutsRapidResets) {
  Server server;
  server.greet();
  const int taken = taken_before_cut(server, [](int i) { return request(nth(i)) + reset(nth(i)); });
  EXPECT_EQ(taken, 200);
  EXPECT_EQ(server.counters.closed_for_flood, 1u);
  EXPECT_EQ(server.goaway(), calm);
  EXPECT_TRUE(server.session->done());
}

TEST(Nghttp2SessionFlood, CutsRapidResetsThatAreAnsweredAtOnce) {
  Server server;
  server.request_hook = [&](StreamId id, const RequestHead&) { server.stream(id); };
  server.greet();
  EXPECT_EQ(taken_before_cut(server, [](int i) { return request(nth(i)) + reset(nth(i)); }), 200);
}

TEST(Nghttp2SessionFlood, AllowsEarlyResetsAtTheirRate) {
  Server server;
  server.greet();
  int next = 0;
  const auto attack = [&](int) {
    const std::int32_t id = nth(next++);
    return request(id) + reset(id);
  };
  ASSERT_EQ(taken_before_cut(server, attack, 200), 200);
  server.now += 1s;
  EXPECT_EQ(taken_before_cut(server, attack, 100), 33);
}

TEST(Nghttp2SessionFlood, AllowsManyCancelsOfEstablishedStreams) {
  Server server;
  server.request_hook = [&](StreamId id, const RequestHead&) { server.stream(id); };
  server.greet();
  const auto open = [&](int i) { ASSERT_TRUE(server.receive(request(nth(i)))) << i; };
  for (int i = 0; i < 5001; ++i) open(i);
  server.produce();
  EXPECT_EQ(taken_before_cut(server, [](int i) { return reset(nth(i)); }), 5000);
  EXPECT_EQ(server.closed, 5001u);
}

TEST(Nghttp2SessionFlood, CountsTheResetsThatThePeerProvokes) {
  const struct {
    const char* name;
    std::string (*attack)(StreamId);
  } cases[] = {
      {"a header that is not allowed",
       [](StreamId id) { return headers(id, request_fields("/", {{"Upper", "case"}})); }},
      {"a window beyond 2^31", [](StreamId id) { return request(id) + window_update(id, 0x7fff'ffff); }},
      {"a body that is longer than it said",
       [](StreamId id) {
         return headers(id, request_fields("/", {{"content-length", "1"}})) + data(id, "12", flag_end_stream);
       }},
      {"a body that is shorter than it said",
       [](StreamId id) {
         return headers(id, request_fields("/", {{"content-length", "3"}})) + data(id, "12", flag_end_stream);
       }},
      {"trailers that do not end the stream",
       [](StreamId id) { return open_request(id) + headers(id, {{"late", "1"}}); }},
      {"no path", [](StreamId id) { return headers(id, {{":method", "GET"}, {":scheme", "http"}}); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    EXPECT_EQ(taken_before_cut(server, [&](int i) { return c.attack(nth(i)); }), 200);
    EXPECT_EQ(server.counters.closed_for_flood, 1u);
  }
}

// The answer was given in time, and the peer's mistake overtakes it on its way out.
TEST(Nghttp2SessionFlood, CountsTheResetsThatThePeerProvokesBehindAnAnswer) {
  Server server;
  server.request_hook = [&](StreamId id, const RequestHead&) { server.stream(id); };
  server.greet();
  const auto attack = [](int i) { return request(nth(i)) + window_update(nth(i), 0x7fff'ffff); };
  EXPECT_EQ(taken_before_cut(server, attack), 200);
  EXPECT_EQ(server.counters.closed_for_flood, 1u);
}

TEST(Nghttp2SessionFlood, EndsTheConnectionForBrokenFraming) {
  const struct {
    const char* name;
    std::string attack;
    std::uint32_t code;
  } cases[] = {
      {"an increment of zero", window_update(1, 0), NGHTTP2_PROTOCOL_ERROR},
      {"a short window update", frame(FrameType::window_update, 0, 1, "abc"), NGHTTP2_FRAME_SIZE_ERROR},
      {"a short priority", frame(FrameType::priority, 0, 1, "abc"), NGHTTP2_FRAME_SIZE_ERROR},
      {"HEADERS after the end", request(1), NGHTTP2_STREAM_CLOSED},
      {"DATA after the end", data(1, "x"), NGHTTP2_STREAM_CLOSED},
      {"DATA on an idle stream", data(7, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"DATA on stream 0", data(0, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"a reset of an idle stream", reset(7), NGHTTP2_PROTOCOL_ERROR},
      {"an even stream", request(2), NGHTTP2_PROTOCOL_ERROR},
      {"a stream that depends on itself",
       frame(FrameType::headers, flag_end_headers | 0x20, 3,
             big_endian(3, 4) + "\x10" + block(request_fields())),
       NGHTTP2_PROTOCOL_ERROR},
      {"a huge frame", frame_announcing(0xff'ffff, FrameType::data, 0, 1, "x"), NGHTTP2_FRAME_SIZE_ERROR},
      {"a frame of one byte too many", data(1, std::string(16'385, 'x')), NGHTTP2_FRAME_SIZE_ERROR},
      {"a broken field block", frame(FrameType::headers, flag_end_headers, 3, "\xff\xff\xff\xff\xff"),
       NGHTTP2_COMPRESSION_ERROR},
      {"CONTINUATION of nothing", frame(FrameType::continuation, flag_end_headers, 1, ""),
       NGHTTP2_PROTOCOL_ERROR},
      {"a frame inside a header block", headers(3, request_fields(), 0) + ping(), NGHTTP2_PROTOCOL_ERROR},
      {"a push", frame(FrameType::push_promise, flag_end_headers, 1, big_endian(2, 4)),
       NGHTTP2_PROTOCOL_ERROR},
      {"padding beyond the frame", data(1, "\xff", 0x8), NGHTTP2_PROTOCOL_ERROR},
      {"a window setting beyond 2^31", settings({{4, 0x8000'0000}}), NGHTTP2_FLOW_CONTROL_ERROR},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    const bool ends = c.code == NGHTTP2_STREAM_CLOSED;
    ASSERT_TRUE(server.receive(ends ? request(1) : open_request(1)));
    static_cast<void>(server.receive(c.attack));
    EXPECT_EQ(server.goaway(), c.code);
    EXPECT_TRUE(server.session->done());
    EXPECT_FALSE(server.receive(ping()));
    EXPECT_EQ(server.counters.closed_for_protocol, 1u);
    EXPECT_EQ(server.counters.closed_for_flood, 0u);
  }
}

TEST(Nghttp2SessionFlood, RefusesWhatIsNotAPreface) {
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nX", "PRI * HTTP/1.0", "\x16\x03\x01"}) {
    Server server;
    // A frame head that is no SETTINGS shows only when it is whole.
    const bool received = server.receive(std::string(bytes) + std::string(40, 'x')).has_value();
    server.produce();
    EXPECT_TRUE(server.session->done()) << bytes;
    EXPECT_TRUE(!received || bytes.back() == 'X') << bytes;
    EXPECT_EQ(server.counters.closed_for_protocol, 1u);
  }
}

TEST(Nghttp2SessionFlood, CutsContinuationFloods) {
  const auto flood = [](int continuations, std::string_view piece, bool ends) {
    std::string out = frame(FrameType::headers, flag_end_stream, 1, block(request_fields()));
    for (int i = 1; i <= continuations; ++i) {
      const bool last = ends && i == continuations;
      out += frame(FrameType::continuation, last ? flag_end_headers : 0, 1, piece);
    }
    return out;
  };
  const struct {
    const char* name;
    std::string bytes;
    bool allowed;
  } cases[] = {
      {"eight", flood(8, hpack({{"a", "b"}}), true), true},
      {"eight empty ones", flood(8, "", true), true},
      {"nine", flood(9, hpack({{"a", "b"}}), true), false},
      {"nine empty ones", flood(9, "", true), false},
      {"nine without an end", flood(9, "", false), false},
      {"16 KiB of block",
       frame(FrameType::headers, flag_end_stream, 1, std::string(16'384, '\x20')) +
           frame(FrameType::continuation, 0, 1, "\x20"),
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    EXPECT_EQ(server.receive(c.bytes).has_value(), c.allowed);
    EXPECT_EQ(server.goaway(), c.allowed ? std::nullopt : std::optional(calm));
    EXPECT_EQ(server.requests, c.allowed ? 1u : 0u);
  }
}

TEST(Nghttp2SessionFlood, CutsLargeHeaderListsAtOnce) {
  const std::size_t base = [] {
    std::size_t size = 0;
    for (const auto& [name, value] : request_fields()) size += name.size() + value.size() + 32;
    return size;
  }();
  const auto of_size = [&](std::size_t list_bytes) {
    return request_fields("/test", {{"big", std::string(list_bytes - base - 3 - 32, 'x')}});
  };
  const auto of_count = [](std::size_t count, const char* name) {
    Fields fields = request_fields();
    while (fields.size() < count) fields.emplace_back(name, "b");
    return fields;
  };
  const struct {
    const char* name;
    Fields fields;
    bool allowed;
  } cases[] = {
      {"16 KiB", of_size(16 << 10), true},
      {"a byte more", of_size((16 << 10) + 1), false},
      {"64 fields", of_count(64, "a"), true},
      {"65 fields", of_count(65, "a"), false},
      {"64 fields with crumbs of cookies", of_count(64, "cookie"), true},
      {"65 fields with crumbs of cookies", of_count(65, "cookie"), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    EXPECT_EQ(server.receive(headers(1, c.fields)).has_value(), c.allowed);
    EXPECT_EQ(server.requests, c.allowed ? 1u : 0u);
    EXPECT_EQ(server.goaway(), c.allowed ? std::nullopt : std::optional(calm));
  }
}

// A table entry named again and again: one byte on the wire, 4 KiB decoded (CVE-2016-6581).
TEST(Nghttp2SessionFlood, CutsAnHpackBomb) {
  Server server;
  ASSERT_TRUE(server.receive(hello()));  // not acknowledged: the peer may still use 4 KiB of table
  server.produce();
  const std::string big(4000, 'b');
  const std::string indexed = std::string("\x40\x01") + "x" + hpack_integer(big.size()) + big;
  const std::string bomb = hpack(request_fields()) + indexed + std::string(10'000, '\xbe');
  const auto received = server.receive(frame(FrameType::headers, flag_end_headers, 1, bomb));
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::rate_limit);
  EXPECT_EQ(server.goaway(), calm);
  EXPECT_EQ(server.requests, 0u);
}

TEST(Nghttp2SessionFlood, CountsTheFieldsOfTrailersToo) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(open_request(1)));
  ASSERT_TRUE(server.receive(headers(1, Fields(64, {"a", "b"}), flag_end_headers | flag_end_stream)));
  EXPECT_EQ(server.log, "request 1 POST /test\nend 1 after 0\n");
  ASSERT_TRUE(server.receive(open_request(3)));
  EXPECT_FALSE(server.receive(headers(3, Fields(65, {"a", "b"}), flag_end_headers | flag_end_stream)));
}

TEST(Nghttp2SessionFlood, CutsFloodsOfControlFrames) {
  const struct {
    const char* name;
    std::string attack;
  } cases[] = {
      {"PING", ping()},
      {"PING answers", frame(FrameType::ping, flag_ack, 0, "12345678")},
      {"SETTINGS", settings()},
      {"PRIORITY", priority(1)},
      {"PRIORITY of idle streams", priority(99)},
      {"unknown", frame(static_cast<FrameType>(0xbb), 0, 1, "?")},
      {"PRIORITY_UPDATE", frame(static_cast<FrameType>(0x10), 0, 0, big_endian(1, 4) + "u=1")},
      {"GOAWAY", goaway()},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    ASSERT_TRUE(server.receive(hello()));
    ASSERT_TRUE(server.receive(request(1)));
    server.produce();
    const auto attack = [&](int) { return c.attack; };
    EXPECT_EQ(taken_before_cut(server, attack, 199), 199);  // SETTINGS of the greeting was one
    server.now += 1s;
    EXPECT_EQ(taken_before_cut(server, attack), 100);
    EXPECT_EQ(server.goaway(), calm);
  }
}

// gRPC's bandwidth probe: a PING for each DATA frame, thousands a second on a short path.
TEST(Nghttp2SessionFlood, AllowsAPingForEachDataFrame) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(request(1)));
  TestSource& source = server.stream(1);
  const auto probe = [&](int) {
    source.waiting = "x";
    server.session->resume(1);
    server.produce();
    return ping();
  };
  EXPECT_EQ(taken_before_cut(server, probe, 10'000), 10'000);
}

TEST(Nghttp2SessionFlood, CutsFloodsOfWindowUpdates) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(request(1)));
  const auto attack = [](int) { return window_update(0, 1); };
  EXPECT_EQ(taken_before_cut(server, attack), 210);  // a burst of 200, and 10 for the stream
  EXPECT_EQ(server.goaway(), calm);
}

TEST(Nghttp2SessionFlood, AllowsTenWindowUpdatesForEachDataFrame) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(request(1)));
  TestSource& source = server.stream(1);
  const auto honest = [&](int) {
    source.waiting = "x";
    server.session->resume(1);
    server.produce();
    std::string out;
    for (int i = 0; i < 10; ++i) out += window_update(0, 1);
    return out;
  };
  EXPECT_EQ(taken_before_cut(server, honest, 1000), 1000);
}

TEST(Nghttp2SessionFlood, CutsFloodsOfEmptyData) {
  const std::string padding_alone = data(1, std::string("\x02", 1) + std::string(2, '\0'), 0x8);
  const struct {
    const char* name;
    std::string bytes;
    bool allowed;
  } cases[] = {
      {"one", data(1, ""), true},
      {"two", data(1, "") + data(1, ""), false},
      {"two of padding", padding_alone + padding_alone, false},
      {"one of each", data(1, "") + padding_alone, false},
      {"with bytes between", data(1, "") + data(1, "x") + data(1, ""), true},
      {"one and an end", data(1, "") + data(1, "", flag_end_stream), true},
      {"two on a dead stream", reset(1) + data(1, "") + data(1, ""), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    ASSERT_TRUE(server.receive(open_request(1)));
    EXPECT_EQ(server.receive(c.bytes).has_value(), c.allowed);
  }
}

TEST(Nghttp2SessionFlood, BoundsTheAnswersThatNobodyReads) {
  Server server({.control_frames_burst = 1e6});
  server.greet();
  EXPECT_EQ(taken_before_cut(server, [](int) { return ping(); }, 2000, false), 1000);
  EXPECT_EQ(server.counters.closed_for_flood, 1u);
}

TEST(Nghttp2SessionFlood, BoundsTheResetsThatNobodyReads) {
  Server server({.streams_max = 10});
  ASSERT_TRUE(server.receive(hello()));  // before the acknowledgement each excess stream is refused
  const auto attack = [](int i) { return request(nth(i)); };
  const int taken = taken_before_cut(server, attack, 5000, false);
  EXPECT_LE(taken, 1100);
  EXPECT_EQ(server.requests, 10u);
}

TEST(Nghttp2SessionFlood, RefusesStreamsBeyondTheirNumber) {
  Server server({.streams_max = 10});
  server.greet();
  EXPECT_EQ(taken_before_cut(server, [](int i) { return request(nth(i)); }, 100), 10);
  EXPECT_EQ(server.requests, 10u);
}

}  // namespace
}  // namespace hark::protocol::http2::testing
