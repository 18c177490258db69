#include "protocol/grpc/pubsub_codec.h"

#include <gtest/gtest.h>

#include <random>

#include "protocol/grpc/vectors_test.h"
#include "tests/fuzz/grpc_pubsub_oracle.h"

namespace hark::protocol::grpc {
namespace {

using oracle::hex;
using test::unhex;

MessageRef message_of(std::uint64_t number, std::uint64_t page, PayloadKind kind, std::string_view payload,
                      std::string publisher_id) {
  return Message::create({SequencePage(page), SequenceNumber(number)},
                         {kind, SharedBytes::copy_of(payload), std::move(publisher_id)}, {});
}

// Encodes anew what the words of a vector's item say; the bytes must be the vector's.
std::string encode_again(ByteSpan bytes, std::string& words) {
  cache_client::pubsub::_SubscriptionItem item;
  if (!oracle::parse(bytes, item)) return "refused";
  if (item.has_heartbeat()) {
    words = "heartbeat";
    return std::string(as_text(heartbeat_frame()));
  }
  if (item.has_discontinuity()) {
    const auto& d = item.discontinuity();
    words = "last=" + std::to_string(d.last_topic_sequence()) +
            " new=" + std::to_string(d.new_topic_sequence()) +
            " page=" + std::to_string(d.new_sequence_page());
    return oracle::discontinuity_by_hark({DiscontinuityReason::expired,
                                          {SequencePage(0), SequenceNumber(d.last_topic_sequence())},
                                          SequencePage(d.new_sequence_page()),
                                          SequenceNumber(d.new_topic_sequence())});
  }
  const auto& i = item.item();
  const bool is_text = i.value().has_text();
  const std::string& payload = is_text ? i.value().text() : i.value().binary();
  words = "number=" + std::to_string(i.topic_sequence_number()) +
          " page=" + std::to_string(i.sequence_page()) + " publisher=" + hex(i.publisher_id()) + " " +
          oracle::value_words(is_text, payload);
  return oracle::item_by_hark(*message_of(i.topic_sequence_number(), i.sequence_page(),
                                          is_text ? PayloadKind::text : PayloadKind::binary, payload,
                                          i.publisher_id()));
}

// Goal: the bytes of an official client mean what they should, and ours are the ones it would
// write.
TEST(PubsubCodec, KnowsTheGoldenBytes) {
  const auto vectors = test::read_vectors("pubsub.txt");
  ASSERT_EQ(vectors.size(), 9u);
  for (const auto& v : vectors) {
    SCOPED_TRACE(v.message + " " + v.words);
    const auto bytes = as_byte_span(v.bytes);
    if (v.message == "_PublishRequest") {
      EXPECT_EQ(oracle::publish_by_hark(bytes), v.words);
    } else if (v.message == "_SubscriptionRequest") {
      EXPECT_EQ(oracle::subscription_by_hark(bytes), v.words);
    } else {
      ASSERT_EQ(v.message, "_SubscriptionItem");
      std::string words;
      EXPECT_EQ(hex(encode_again(bytes, words)), hex(oracle::frame(v.bytes)));
      EXPECT_EQ(words, v.words);
    }
  }
}

TEST(PubsubCodec, AgreesWithProtobufOnEveryTruncation) {
  for (const auto& v : test::read_vectors("pubsub.txt")) {
    for (std::size_t size = 0; size <= v.bytes.size(); ++size) {
      SCOPED_TRACE(v.words + " cut at " + std::to_string(size));
      const auto bytes = as_byte_span(v.bytes).first(size);
      EXPECT_EQ(oracle::publish_by_hark(bytes), oracle::publish_by_protobuf(bytes));
      EXPECT_EQ(oracle::subscription_by_hark(bytes), oracle::subscription_by_protobuf(bytes));
    }
  }
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Goal: what protobuf's rules say about odd bytes. The outcome stands here, and the library
// confirms it.
TEST(PubsubCodec, DecodesPublishRequestsAsProtobufSays) {
  const std::string hi = "1a040a026869", said = "cache= topic= text=6869";
  // clang-format off
  const struct { const char* name; std::string bytes, words; } cases[] = {
      {"nothing", "", "refused"},
      {"no value", "0a0163120174", "refused"},
      {"a value without a kind", "0a01631201741a00", "refused"},
      {"a value of unknown fields only", "1a021805", "refused"},
      {"the smallest", hi, said},
      {"unknown fields of each type",
       "2005" "290102030405060708" "32027a7a" "3d01020304" + hi, said},
      {"unknown field of a high number", "faffffff0f0161" + hi, said},
      {"a group with a field skipped", "23080124" + hi, said},
      {"groups nested 100 deep", repeated("23", 100) + repeated("24", 100) + hi, said},
      {"groups nested 101 deep", repeated("23", 101) + repeated("24", 101) + hi, "refused"},
      {"groups nested 99 deep in a value",
       "1aca01" + repeated("23", 99) + repeated("24", 99) + "0a026869", said},
      {"groups nested 100 deep in a value",
       "1acc01" + repeated("23", 100) + repeated("24", 100) + "0a026869", "refused"},
      {"a group closed by another", "232c" + hi, "refused"},
      {"a group not closed", hi + "23", "refused"},
      {"the end of no group", "24" + hi, "refused"},
      {"the end of no group in a value", "1a0524" "0a026869", "refused"},
      {"field number 0", "0000" + hi, "refused"},
      {"field number 0 with bytes", "020161" + hi, "refused"},
      {"wire type 6", "2e" + hi, "refused"},
      {"wire type 7", "2f" + hi, "refused"},
      {"known fields of wrong types", "0805" "1505060708" "1801" + hi, said},
      {"a value's kinds of wrong types", "1a0808051001" "0a026869", said},
      {"the last name wins", "0a01610a0162" + hi, "cache=62 topic= text=6869"},
      {"an empty name wins too", "0a01610a00" + hi, said},
      {"field number 0 in a value", "1a081201ff" "0a026869" "00", "refused"},
      {"binary, then text", "1a071201ff0a026869", said},
      {"text, then binary", "1a070a0268691201ff", "cache= topic= binary=ff"},
      {"a value sent twice", "1a040a026869" "1a031201ff", "cache= topic= binary=ff"},
      {"a value, then an empty one", hi + "1a00", said},
      {"empty text", "1a020a00", "cache= topic= text="},
      {"empty binary", "1a021200", "cache= topic= binary="},
      {"text that is not UTF-8", "1a030a01ff", "refused"},
      {"text that is not UTF-8, overridden", "1a030a01ff" + hi, "refused"},
      {"binary that is not UTF-8", "1a031201ff", "cache= topic= binary=ff"},
      {"a surrogate as text", "1a050a03eda080", "refused"},
      {"an overlong slash as text", "1a040a02c0af", "refused"},
      {"past U+10FFFF as text", "1a060a04f4908080", "refused"},
      {"the largest code point", "1a060a04f48fbfbf", "cache= topic= text=f48fbfbf"},
      {"a zero byte as text", "1a030a0100", "cache= topic= text=00"},
      {"a name that is not UTF-8", "0a01ff" + hi, "refused"},
      {"a topic that is not UTF-8", "1201c3" + hi, "refused"},
      {"a length in 5 bytes", "1a8480808000" "0a026869", said},
      {"a length in 6 bytes", "1a848080808000" "0a026869", "refused"},
      {"a length above 2^31", "1affffffff0f" "0a026869", "refused"},
      {"a length past the end", "1a050a026869", "refused"},
      {"an inner length past its message", "1a040a036869" "61", "refused"},
      {"a tag in 5 bytes", "9a80808000" "040a026869", said},
      {"a tag in 6 bytes", "9a8080808000" "040a026869", "refused"},
      {"a tag's excess bits", "9a80808070" "040a026869", said},
      {"fixed64 past the end", hi + "2901020304", "refused"},
      {"fixed32 past the end", hi + "3d010203", "refused"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = unhex(c.bytes);
    EXPECT_EQ(oracle::publish_by_hark(as_byte_span(bytes)), c.words);
    EXPECT_EQ(oracle::publish_by_protobuf(as_byte_span(bytes)), c.words);
  }
}

TEST(PubsubCodec, DecodesSubscriptionRequestsAsProtobufSays) {
  // clang-format off
  const struct { const char* name; const char* bytes; const char* words; } cases[] = {
      {"nothing", "", "cache= topic= resume=0 page=0"},
      {"the greatest number", "18ffffffffffffffffff01",
       "cache= topic= resume=18446744073709551615 page=0"},
      {"a number's excess bits", "18ffffffffffffffffff7f",
       "cache= topic= resume=18446744073709551615 page=0"},
      {"zero in 10 bytes", "1880808080808080808000", "cache= topic= resume=0 page=0"},
      {"a number in 11 bytes", "188080808080808080808000", "refused"},
      {"a number without its end", "1880", "refused"},
      {"the last number wins", "180518072001" "2002", "cache= topic= resume=7 page=2"},
      {"zero wins too", "18051800", "cache= topic= resume=0 page=0"},
      {"a number of a wrong type", "1a0105" "1d01020304", "cache= topic= resume=0 page=0"},
      {"a name that is not UTF-8", "0a01ff", "refused"},
      {"a topic that is not UTF-8", "1202c3c3", "refused"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = unhex(c.bytes);
    EXPECT_EQ(oracle::subscription_by_hark(as_byte_span(bytes)), c.words);
    EXPECT_EQ(oracle::subscription_by_protobuf(as_byte_span(bytes)), c.words);
  }
}

// Random messages of the fields that matter, nested, truncated and damaged.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::uint64_t number() {
    const std::uint64_t bits = (static_cast<std::uint64_t>(random_()) << 32) | random_();
    return bits >> below(64);
  }

  std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
    if (below(16) == 0) {  // the same value, longer
      bytes.back() = static_cast<char>(bytes.back() | '\x80');
      for (auto more = below(5); more > 0; --more) bytes += '\x80';
      bytes += static_cast<char>(below(8) == 0 ? below(256) : 0);
    }
    return bytes;
  }

  std::string text() {
    static constexpr const char* parts[] = {
        "a", "topic", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\xa6", "\xff", "\xed\xa0\x80", " "};
    std::string text;
    for (auto count = below(4); count > 0; --count) text += parts[below(below(4) == 0 ? 8 : 5)];
    return text;
  }

  std::string message(int depth) {
    std::string bytes;
    for (auto fields = below(5); fields > 0; --fields) bytes += field(depth);
    if (below(12) == 0) bytes.resize(below(bytes.size() + 1));
    if (below(12) == 0 && !bytes.empty()) bytes[below(bytes.size())] = static_cast<char>(below(256));
    return bytes;
  }

 private:
  std::string field(int depth) {
    const auto field_number = below(20) == 0 ? number() % 100'000 : 1 + below(5);
    const auto type = below(3) > 0 ? 2 : below(below(30) == 0 ? 8 : 6);
    std::string bytes = varint(field_number << 3 | type);
    switch (type) {
      case 0: return bytes + varint(number());
      case 1: return bytes + std::string(8, 'x');
      case 2: {
        const bool nest = depth > 0 && (field_number == 3 || below(3) == 0);
        const std::string inner = nest ? message(depth - 1) : text();
        return bytes + varint(inner.size()) + inner;
      }
      case 3: return bytes + message(depth > 0 ? depth - 1 : 0) + varint(field_number << 3 | 4);
      case 5: return bytes + std::string(4, 'x');
      default: return bytes;
    }
  }

  std::mt19937 random_;
};

TEST(PubsubCodec, AgreesWithProtobufOnRandomMessages) {
  int accepted = 0;
  for (std::uint32_t seed = 1; seed <= 50'000; ++seed) {
    const std::string bytes = Generator(seed).message(3);
    const auto span = as_byte_span(bytes);
    const auto publish = oracle::publish_by_hark(span);
    ASSERT_EQ(publish, oracle::publish_by_protobuf(span)) << "seed " << seed << " " << hex(bytes);
    ASSERT_EQ(oracle::subscription_by_hark(span), oracle::subscription_by_protobuf(span))
        << "seed " << seed << " " << hex(bytes);
    accepted += publish != "refused";
  }
  EXPECT_GT(accepted, 1000);  // or the generator makes only rubbish
}

TEST(PubsubCodec, EncodesWhatProtobufWrites) {
  for (std::uint32_t seed = 1; seed <= 5'000; ++seed) {
    Generator random(seed);
    const auto kind = random.below(2) == 0 ? PayloadKind::text : PayloadKind::binary;
    const auto message = message_of(random.number(), random.below(8) == 0 ? 0 : random.number(), kind,
                                    std::string(random.number() % 300, 'p'), random.text());
    ASSERT_EQ(hex(oracle::item_by_hark(*message)), hex(oracle::item_by_protobuf(*message)))
        << "seed " << seed;
    const Discontinuity discontinuity{DiscontinuityReason::slow_consumer,
                                      {SequencePage(1), SequenceNumber(random.number())},
                                      SequencePage(random.number()),
                                      SequenceNumber(random.below(4) == 0 ? 0 : random.number())};
    ASSERT_EQ(hex(oracle::discontinuity_by_hark(discontinuity)),
              hex(oracle::discontinuity_by_protobuf(discontinuity)))
        << "seed " << seed;
  }
}

// Every length prefix changes its own size at 128, 16384, ...: the sizes around each, all the way
// out.
TEST(PubsubCodec, MeasuresItemsAroundEachLengthOfALength) {
  for (const std::size_t edge : {128u, 16'384u, 2'097'152u}) {
    for (std::size_t size = edge - 40; size <= edge + 2; ++size) {
      const auto message = message_of(300, 1'748'358'253, PayloadKind::binary, std::string(size, 'p'), "id");
      ASSERT_TRUE(oracle::item_by_hark(*message) == oracle::item_by_protobuf(*message)) << size;
    }
  }
}

TEST(PubsubCodec, DecodesItsOwnItems) {
  const auto message = message_of(7, 9, PayloadKind::text, "payload", "publisher");
  const std::string framed = oracle::item_by_hark(*message);
  cache_client::pubsub::_SubscriptionItem item;
  ASSERT_TRUE(item.ParseFromString(framed.substr(5)));
  EXPECT_EQ(item.item().topic_sequence_number(), 7u);
  EXPECT_EQ(item.item().sequence_page(), 9u);
  EXPECT_EQ(item.item().value().text(), "payload");
  EXPECT_EQ(item.item().publisher_id(), "publisher");
}

}  // namespace
}  // namespace hark::protocol::grpc
