#include "protocol/json/item_codec.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>

#include "protocol/json/text.h"

namespace hark::protocol::json {
namespace {

MessageRef message(PayloadKind kind, std::string_view payload, std::string publisher = {}) {
  return Message::create({SequencePage(1748358253), SequenceNumber(104)},
                         {kind, SharedBytes::copy_of(payload), std::move(publisher)}, {});
}

/// Written into room of exactly the size that was told.
std::string written(const Message& message) {
  std::string out(item_size(message), '?');
  EXPECT_EQ(write_item(message, out.data()), out.data() + out.size());
  return out;
}

std::string told(const Discontinuity& discontinuity) {
  std::string out;
  append_discontinuity(discontinuity, out);
  return out;
}

TEST(JsonItem, Vectors) {
  EXPECT_EQ(
      written(*message(PayloadKind::text, "hello world")),
      R"({"item":{"topic_sequence_number":104,"sequence_page":1748358253,"value":{"text":"hello world"}}})");
  EXPECT_EQ(
      written(*message(PayloadKind::binary, std::string_view("\0\xff", 2), "id \"1\"")),
      R"({"item":{"topic_sequence_number":104,"sequence_page":1748358253,"value":{"binary":"AP8="},"publisher_id":"id \"1\""}})");
  EXPECT_EQ(written(*message(PayloadKind::text, "")),
            R"({"item":{"topic_sequence_number":104,"sequence_page":1748358253,"value":{"text":""}}})");
}

TEST(JsonItem, Discontinuities) {
  using enum DiscontinuityReason;
  const Position last{SequencePage(7), SequenceNumber(100)};
  EXPECT_EQ(
      told({expired, last, SequencePage(7), SequenceNumber(103)}),
      R"({"discontinuity":{"last_topic_sequence":100,"last_sequence_page":7,"new_topic_sequence":104,"new_sequence_page":7,"missed_from":101,"missed_to":103,"reason":"expired"}})");
  EXPECT_EQ(
      told({page_changed, last, SequencePage(9), SequenceNumber(0)}),
      R"({"discontinuity":{"last_topic_sequence":100,"last_sequence_page":7,"new_topic_sequence":1,"new_sequence_page":9,"missed_from":1,"missed_to":0,"reason":"page_changed"}})");
  EXPECT_EQ(
      told({position_ahead, last, SequencePage(7), SequenceNumber(4)}),
      R"({"discontinuity":{"last_topic_sequence":100,"last_sequence_page":7,"new_topic_sequence":5,"new_sequence_page":7,"missed_from":5,"missed_to":4,"reason":"position_ahead"}})");
}

TEST(JsonText, EscapesWhatItMustAndNothingElse) {
  std::string out;
  append_quoted(std::string_view("\0\x1f\b\f\n\r\t\"\\/\x7f\xe2\x80\xa8\xf0\x9f\x98\x80", 18), out);
  EXPECT_EQ(out, "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\x7f\xe2\x80\xa8\xf0\x9f\x98\x80\"");
  EXPECT_EQ(out.size(),
            quoted_size(std::string_view("\0\x1f\b\f\n\r\t\"\\/\x7f\xe2\x80\xa8\xf0\x9f\x98\x80", 18)));
}

// Whatever the text, another library reads it back.
TEST(JsonText, ReadsBack) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::string_view alphabet[] = {"a", "\"", "\\", "\n", "\x01", std::string_view("\0", 1),
                                           "é", "😀", "/"};
  simdjson::dom::parser parser;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left) text += alphabet[random() % std::size(alphabet)];
    const std::string item = written(*message(PayloadKind::text, text, text));
    const auto value = parser.parse(item)["item"];
    EXPECT_EQ(std::string_view(value["value"]["text"]), text);
    const std::string_view publisher = text.empty() ? "" : std::string_view(value["publisher_id"]);
    EXPECT_EQ(publisher, text);
  }
}

}  // namespace
}  // namespace hark::protocol::json
