#include "protocol/grpc/client_codec.h"

#include <cachepubsub.pb.h>
#include <controlclient.pb.h>
#include <gtest/gtest.h>

#include "protocol/grpc/vectors_test.h"

namespace hark::protocol::grpc {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += two;
  }
  return text;
}

std::string without_prefix(const std::string& frame) {
  EXPECT_GE(frame.size(), 5u);
  EXPECT_EQ(frame[0], '\0');
  std::size_t size = 0;
  for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(frame[i]);
  EXPECT_EQ(size, frame.size() - 5);
  return frame.substr(5);
}

/// What a subscriber reads, in the words of the vectors.
std::string words_of(std::string_view bytes) {
  const auto item = decode_subscription_item(as_byte_span(bytes));
  if (!item) return "refused";
  const std::string page = " page=" + std::to_string(item->page);
  switch (item->what) {
    case SubscriptionItem::What::none: return "none";
    case SubscriptionItem::What::heartbeat: return "heartbeat";
    case SubscriptionItem::What::item:
      return "number=" + std::to_string(item->number) + page + " publisher=" + hex(item->publisher_id) +
             (item->kind == PayloadKind::text ? " text=" : " binary=") + hex(as_text(item->payload));
    case SubscriptionItem::What::discontinuity:
      return "last=" + std::to_string(item->last_number) + " new=" + std::to_string(item->missed_to) + page;
  }
  return "?";
}

/// The same by the library.
std::string words_by_protobuf(const std::string& bytes) {
  cache_client::pubsub::_SubscriptionItem item;
  if (!item.ParseFromString(bytes)) return "refused";
  if (item.has_heartbeat()) return "heartbeat";
  if (item.has_discontinuity()) {
    const auto& told = item.discontinuity();
    return "last=" + std::to_string(told.last_topic_sequence()) +
           " new=" + std::to_string(told.new_topic_sequence()) +
           " page=" + std::to_string(told.new_sequence_page());
  }
  if (!item.has_item()) return "none";
  const auto& value = item.item().value();
  const bool text = value.kind_case() == cache_client::pubsub::_TopicValue::kText;
  if (value.kind_case() == cache_client::pubsub::_TopicValue::KIND_NOT_SET) return "refused";
  return "number=" + std::to_string(item.item().topic_sequence_number()) +
         " page=" + std::to_string(item.item().sequence_page()) +
         " publisher=" + hex(item.item().publisher_id()) + (text ? " text=" : " binary=") +
         hex(text ? value.text() : value.binary());
}

TEST(ClientCodec, WritesTheGoldenRequests) {
  const std::string binary("\0\xff", 2);
  const std::string written[] = {
      encode_publish_request_frame({"c", "t", PayloadKind::text, as_byte_span("hello")}),
      encode_publish_request_frame({"c", "t", PayloadKind::binary, as_byte_span(binary)}),
      encode_publish_request_frame({"c", "t", PayloadKind::text, {}}),
      encode_subscription_request_frame({"c", "t", 0, 0}),
      encode_subscription_request_frame({"c", "t", 5, 1748358253}),
  };
  const auto vectors = test::read_vectors("pubsub.txt");
  for (std::size_t i = 0; i < std::size(written); ++i)
    EXPECT_EQ(hex(without_prefix(written[i])), hex(vectors.at(i).bytes)) << vectors.at(i).words;
  const auto control = test::read_vectors("control.txt");
  EXPECT_EQ(hex(without_prefix(encode_namespace_request_frame("c"))), hex(control.at(0).bytes));
  EXPECT_EQ(hex(without_prefix(encode_list_request_frame(""))), hex(control.at(1).bytes));
}

// The server's own decoder reads what the client writes, for sizes around each length of a varint.
TEST(ClientCodec, IsReadByTheServersDecoder) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 16'383u, 16'384u, 300'000u}) {
    const std::string payload(size, 'x'), name(size % 256, 'n'), topic(size % 1024, 't');
    const auto frame =
        encode_publish_request_frame({name, topic, PayloadKind::binary, as_byte_span(payload)});
    const auto request = decode_publish_request(as_byte_span(frame).subspan(5));
    ASSERT_TRUE(request) << size;
    EXPECT_EQ(request->namespace_name, name);
    EXPECT_EQ(request->topic, topic);
    EXPECT_EQ(request->kind, PayloadKind::binary);
    EXPECT_EQ(as_text(request->payload), payload);
  }
  const auto frame = encode_subscription_request_frame({"n", "t", ~std::uint64_t{0}, 1});
  const auto request = decode_subscription_request(as_byte_span(frame).subspan(5));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->resume_number, ~std::uint64_t{0});
}

TEST(ClientCodec, ReadsTheGoldenItemsAndEveryTruncationAsProtobufDoes) {
  std::size_t items = 0;
  for (const auto& v : test::read_vectors("pubsub.txt")) {
    if (v.message != "_SubscriptionItem") continue;
    ++items;
    EXPECT_EQ(words_of(v.bytes), v.words);
    for (std::size_t size = 0; size <= v.bytes.size(); ++size) {
      const std::string bytes = v.bytes.substr(0, size);
      EXPECT_EQ(words_of(bytes), words_by_protobuf(bytes)) << v.words << " cut at " << size;
    }
  }
  EXPECT_EQ(items, 4u);
}

TEST(ClientCodec, ReadsOddItems) {
  // clang-format off
  const struct { const char* name; const char* bytes; const char* words; } cases[] = {
      {"nothing", "", "none"},
      {"a kind of a later version", "2200", "none"},
      {"a heartbeat with fields", "1a020801", "heartbeat"},
      {"an item without a value", "0a020801", "refused"},
      {"an item whose value has no kind", "0a0408011200", "refused"},
      {"text that is not UTF-8", "0a0512030a01ff", "refused"},
      {"a publisher that is not UTF-8", "0a0712020a001a01ff", "refused"},
      {"unknown fields around", "28050a0812020a003a0161203a00", "refused"},
      {"unknown fields inside", "0a07" "12020a00" "3a0161", "number=0 page=0 publisher= text="},
      {"an empty discontinuity", "1200", "last=0 new=0 page=0"},
      {"a heartbeat, then an item", "1a00" "0a0412020a00", "number=0 page=0 publisher= text="},
  };
  // clang-format on
  for (const auto& c : cases) EXPECT_EQ(words_of(test::unhex(c.bytes)), c.words) << c.name;
}

TEST(ClientCodec, ReadsTheListOfNamespaces) {
  const auto golden = decode_list_response(as_byte_span(test::read_vectors("control.txt").at(2).bytes));
  ASSERT_TRUE(golden);
  ASSERT_EQ(golden->entries.size(), 1u);
  const NamespaceEntry& entry = golden->entries[0];
  EXPECT_EQ(entry.name, "c");
  EXPECT_EQ(entry.traffic_rate_max, 500u);
  EXPECT_EQ(entry.throughput_kib_max, 10240u);
  EXPECT_EQ(entry.item_kib_max, 4883u);
  EXPECT_EQ(entry.ttl_seconds_max, 86400u);
  EXPECT_EQ(entry.publish_rate_max, 100u);
  EXPECT_EQ(entry.subscription_count_max, 100u);
  EXPECT_EQ(entry.message_kib_max, 100u);

  ByteSink out;
  const NamespaceEntry two[] = {{.name = "a"}, {.name = "b"}};
  encode_list_response_frame(two, "b", out);
  const auto list = decode_list_response(out.span().subspan(5));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->entries.size(), 2u);
  EXPECT_EQ(list->entries[1].name, "b");
  EXPECT_EQ(list->next_token, "b");
  EXPECT_FALSE(decode_list_response(as_byte_span("\x0a\x05")));
  EXPECT_FALSE(decode_list_response(as_byte_span("\x0a\x03\x0a\x01\xff")));
}

}  // namespace
}  // namespace hark::protocol::grpc
