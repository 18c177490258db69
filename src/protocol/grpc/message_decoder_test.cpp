#include "protocol/grpc/message_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace hark::protocol::grpc {
namespace {

using Expect = MessageDecoder::Expect;
using namespace std::string_literals;

// What the decoder makes of `body` when it comes in pieces of `piece` bytes: the messages, then the
// end.
std::string decode(std::string_view body, Expect expect, std::size_t piece) {
  MessageDecoder decoder(expect);
  std::string words;
  auto error = [&](const Error& e) { return words + to_string(e.code) + ": " + e.context; };
  for (std::size_t at = 0; at < body.size(); at += piece) {
    auto bytes = as_byte_span(body.substr(at, piece));
    while (!bytes.empty()) {
      const auto taken = decoder.feed(bytes);
      if (!taken) return error(taken.error());
      bytes = bytes.subspan(*taken);
      if (decoder.announced()) decoder.accept();
      if (decoder.complete()) words += "[" + std::string(decoder.take().text()) + "] ";
    }
  }
  const auto end = decoder.finish();
  return end ? words + "end" : error(end.error());
}

// Goal: the same outcome wherever the body is cut.
TEST(MessageDecoder, TakesBodiesCutAnywhere) {
  const std::string hello = "\0\0\0\0\5hello"s, empty = "\0\0\0\0\0"s;
  const std::string long_text(70'000, 'x');
  constexpr auto one = Expect::one_message, many = Expect::many_messages;
  const std::string second = "unimplemented: more than one request message";
  const std::string compressed = "unimplemented: compression is not supported";
  const std::string bad_flag = "invalid_argument: unknown flag before a message";
  const std::string cut = "invalid_argument: the request ended inside a message";
  // clang-format off
  const struct { const char* name; std::string body; Expect expect; std::string words; } cases[] = {
      {"one", hello, one, "[hello] end"},
      {"one, empty", empty, one, "[] end"},
      {"one, long", "\0\0\1\x11\x70"s + long_text, one, "[" + long_text + "] end"},
      {"none", "", one, "unimplemented: no request message"},
      {"two of one", hello + empty, one, "[hello] " + second},
      {"a byte after one", hello + "\0"s, one, "[hello] " + second},
      {"many", hello + empty + hello, many, "[hello] [] [hello] end"},
      {"many of none", "", many, "end"},
      {"compressed", "\1\0\0\0\1x"s, one, compressed},
      {"a compressed second", hello + "\1\0\0\0\1x"s, many, "[hello] " + compressed},
      {"flag 2", "\2\0\0\0\1x"s, one, bad_flag},
      {"a trailer frame of grpc-web", "\x80\0\0\0\1x"s, one, bad_flag},
      {"ended in a prefix", "\0\0\0\0"s, one, cut},
      {"ended in a message", "\0\0\0\0\5hell"s, one, cut},
      {"ended in the second's prefix", hello + "\0"s, many, "[hello] " + cut},
      {"ended before the message", "\0\0\0\0\5"s, many, cut},
  };
  // clang-format on
  for (const auto& c : cases) {
    for (const std::size_t piece : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 16u, 1'000'000u}) {
      SCOPED_TRACE(std::string(c.name) + " in pieces of " + std::to_string(piece));
      EXPECT_EQ(decode(c.body, c.expect, piece), c.words);
    }
  }
}

// Goal: a length is only words until the caller agrees.
TEST(MessageDecoder, KeepsNothingOfABodyBeforeItIsAccepted) {
  MessageDecoder decoder(Expect::one_message);
  const auto body = "\0\xff\xff\xff\xff rest"s;
  const auto taken = decoder.feed(as_byte_span(body));
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, 5u);
  EXPECT_EQ(decoder.announced(), 0xffff'ffffu);
  const auto more = decoder.feed(as_byte_span("rest"));
  ASSERT_TRUE(more);
  EXPECT_EQ(*more, 0u);
  EXPECT_FALSE(decoder.complete());
  EXPECT_FALSE(decoder.finish());
}

TEST(MessageDecoder, TellsWhatIsMissing) {
  MessageDecoder decoder(Expect::one_message);
  EXPECT_EQ(decoder.missing(), 0u);
  ASSERT_TRUE(decoder.feed(as_byte_span("\0\0\0\0\5"s)));
  EXPECT_EQ(decoder.missing(), 0u);
  decoder.accept();
  EXPECT_EQ(decoder.missing(), 5u);
  ASSERT_TRUE(decoder.feed(as_byte_span("he")));
  EXPECT_EQ(decoder.missing(), 3u);
  ASSERT_TRUE(decoder.feed(as_byte_span("llo")));
  EXPECT_EQ(decoder.missing(), 0u);
  EXPECT_FALSE(decoder.announced());
  const SharedBytes message = decoder.take();
  EXPECT_EQ(message.text(), "hello");
  EXPECT_EQ(message.block_size(), 5u);  // the message alone is kept in memory
}

/// Feeds a body that is expected as such, `step` bytes at a time; the message, or why there is none.
std::string body_through(std::optional<std::uint64_t> length, std::uint32_t bytes_max, std::string_view body,
                         std::size_t step) {
  MessageDecoder decoder(length, bytes_max);
  while (!body.empty()) {
    const auto taken = decoder.feed(as_byte_span(body.substr(0, step)));
    if (!taken) return std::string("refused: ") + to_string(taken.error().code);
    body.remove_prefix(*taken);
    if (decoder.announced()) decoder.accept();
  }
  if (const auto whole = decoder.finish(); !whole)
    return std::string("refused: ") + to_string(whole.error().code);
  const SharedBytes message = decoder.take();
  EXPECT_TRUE(message.empty() || message.block_size() == message.size());
  return std::string(message.text());
}

TEST(MessageDecoder, ABodyIsOneMessage) {
  for (std::size_t step = 1; step < 7; ++step) {
    SCOPED_TRACE(step);
    EXPECT_EQ(body_through(5, 5, "hello", step), "hello");
    EXPECT_EQ(body_through(std::nullopt, 5, "hello", step), "hello");
    EXPECT_EQ(body_through(std::nullopt, 9, "hello", step), "hello");
    EXPECT_EQ(body_through(0, 9, "", step), "");
    EXPECT_EQ(body_through(std::nullopt, 9, "", step), "");
    EXPECT_EQ(body_through(std::nullopt, 4, "hello", step), "refused: message_too_large");
    EXPECT_EQ(body_through(4, 9, "hello", step), "refused: invalid_argument");
    EXPECT_EQ(body_through(6, 9, "hello", step), "refused: invalid_argument");
  }
}

}  // namespace
}  // namespace hark::protocol::grpc
