#include "topic/topic_export.h"

#include <gtest/gtest.h>

#include <random>

namespace hark::topic {
namespace {

Result<ExportRecord> decode(std::string_view bytes) {
  if (bytes.size() < export_head_bytes) return fail(ErrorCode::invalid_argument, "short");
  auto head = decode_export_head(bytes.substr(0, export_head_bytes));
  if (!head) return Failure{head.error()};
  return decode_export_body(*head, bytes.substr(export_head_bytes));
}

std::string encode(const ExportRecord& record) {
  std::string bytes;
  append_record(bytes, record);
  return bytes;
}

ExportedTopic some_topic() {
  return {TopicPath("default", "a/b \xc3\xa4"), 7, SequencePage(1'700'000'000'000), SequenceNumber(5),
          SequenceNumber(9)};
}

ExportedMessage some_message(PayloadKind kind, std::string_view payload) {
  return {{kind, SharedBytes::copy_of(payload), "token-1"}, 1234ms};
}

TEST(TopicExport, RecordsComeBackAsTheyWere) {
  const auto topic = std::get<ExportedTopic>(decode(encode(some_topic())).value());
  EXPECT_EQ(topic.path, some_topic().path);
  EXPECT_EQ(topic.namespace_id, 7u);
  EXPECT_EQ(topic.page, some_topic().page);
  EXPECT_EQ(topic.oldest, SequenceNumber(5));
  EXPECT_EQ(topic.next, SequenceNumber(9));

  const std::string binary("\0\xff\n", 3);
  const auto message =
      std::get<ExportedMessage>(decode(encode(some_message(PayloadKind::binary, binary))).value());
  EXPECT_EQ(message.draft.payload.text(), binary);
  EXPECT_EQ(message.draft.kind, PayloadKind::binary);
  EXPECT_EQ(message.draft.publisher_id, "token-1");
  EXPECT_EQ(message.age, 1234ms);

  const auto forgotten = std::get<ExportedForgotten>(
      decode(encode(ExportedForgotten{~0ull, 3, SequencePage(4), SequenceNumber(5)})).value());
  EXPECT_EQ(forgotten.path_hash, ~0ull);
  EXPECT_EQ(forgotten.next, SequenceNumber(5));

  const auto settings =
      std::get<ExportedNamespace>(decode(encode(ExportedNamespace{"games", 9, false})).value());
  EXPECT_EQ(settings.name, "games");
  EXPECT_EQ(settings.id, 9u);
  EXPECT_FALSE(settings.begin_with_latest);
  EXPECT_EQ(std::get<ExportEnd>(decode(encode(ExportEnd{77})).value()).records, 77u);
  EXPECT_EQ(std::get<ExportedMoment>(decode(encode(ExportedMoment{78})).value()).epoch_milliseconds, 78u);
}

TEST(TopicExport, AMessageIsToldByItsAge) {
  const auto kept = Message::create({SequencePage(1), SequenceNumber(2)},
                                    {PayloadKind::text, SharedBytes::copy_of("hello"), "id"}, Instant(5s));
  std::string bytes;
  append_message(bytes, *kept, Instant(7s));
  const auto message = std::get<ExportedMessage>(decode(bytes).value());
  EXPECT_EQ(message.age, 2s);
  EXPECT_EQ(message.draft.payload.text(), "hello");
  EXPECT_EQ(message.draft.kind, PayloadKind::text);
}

TEST(TopicExport, RefusesWhatCannotBe) {
  ExportedTopic topic = some_topic();
  topic.page = SequencePage(0);
  EXPECT_FALSE(decode(encode(topic)));
  topic = some_topic();
  topic.page = SequencePage(sequence_values_max);
  EXPECT_FALSE(decode(encode(topic)));
  topic = some_topic();
  topic.oldest = SequenceNumber(10);
  EXPECT_FALSE(decode(encode(topic)));
  topic = some_topic();
  topic.path = TopicPath("default", "line\nbreak");
  EXPECT_FALSE(decode(encode(topic)));
  EXPECT_FALSE(decode(encode(some_message(PayloadKind::text, "\xff"))));
  ExportedMessage old = some_message(PayloadKind::text, "x");
  old.age = Duration::max();
  EXPECT_FALSE(decode(encode(old)));
  EXPECT_FALSE(decode(encode(ExportedForgotten{1, 1, SequencePage(1), SequenceNumber(0)})));
  EXPECT_FALSE(decode(encode(ExportedNamespace{"a/b", 1, true})));
  EXPECT_TRUE(decode(encode(ExportedNamespace{"", 12, true})));
}

TEST(TopicExport, RefusesLengthsBeforeItBelievesThem) {
  std::string bytes = encode(some_topic());
  bytes[3] = '\x7f';
  EXPECT_FALSE(decode_export_head(bytes.substr(0, export_head_bytes)));
  EXPECT_FALSE(decode_export_head(std::string(export_head_bytes, '\0')));
}

TEST(TopicExport, FindsEveryFlippedBitAndEveryCut) {
  for (const ExportRecord& record :
       {ExportRecord(some_topic()), ExportRecord(some_message(PayloadKind::text, "hello, world")),
        ExportRecord(ExportedNamespace{"games", 9, false}), ExportRecord(ExportedMoment{1'764'000'000'000}),
        ExportRecord(ExportEnd{3})}) {
    const std::string good = encode(record);
    ASSERT_TRUE(decode(good));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bad = good;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(decode(bad)) << "bit " << bit;
    }
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(decode(good.substr(0, size))) << size;
    EXPECT_FALSE(decode(good + "x"));
  }
}

TEST(TopicExport, BodiesOfAnyBytesAreRefusedOrReadWithinTheirBounds) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const std::string good = encode(some_topic());
  for (int round = 0; round < 20'000; ++round) {
    // Inner lengths that lie, under a checksum that holds: a binary message's body is any bytes.
    std::string body = good.substr(export_head_bytes);
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes)
      body[random() % body.size()] = static_cast<char>(random());
    body.resize(1 + random() % body.size());
    const auto record = decode_export_body({body.size(), export_checksum(body)}, body);
    if (!record) continue;
    const std::string again = encode(*record);
    EXPECT_EQ(again.substr(export_head_bytes), body) << "what is read is what was written";
  }
}

}  // namespace
}  // namespace hark::topic
