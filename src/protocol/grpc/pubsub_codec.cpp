#include "protocol/grpc/pubsub_codec.h"

#include <array>
#include <limits>

#include "base/check.h"
#include "base/utf8.h"
#include "protocol/grpc/wire_reader.h"
#include "protocol/grpc/wire_writer.h"

namespace hark::protocol::grpc {
namespace {

// Tags, by proto/cachepubsub.proto: field number * 8 + wire type. Every number is below 16, so a
// byte.
constexpr std::uint8_t item_in_subscription_item = 0x0a;
constexpr std::uint8_t discontinuity_in_subscription_item = 0x12;
constexpr std::uint8_t number_in_item = 0x08;
constexpr std::uint8_t value_in_item = 0x12;
constexpr std::uint8_t publisher_in_item = 0x1a;
constexpr std::uint8_t page_in_item = 0x20;
constexpr std::uint8_t text_in_value = 0x0a;
constexpr std::uint8_t binary_in_value = 0x12;
constexpr std::uint8_t last_in_discontinuity = 0x08;
constexpr std::uint8_t new_in_discontinuity = 0x10;
constexpr std::uint8_t page_in_discontinuity = 0x18;

Failure<Error> malformed(const char* message) {
  return fail(ErrorCode::invalid_argument, std::string(message) + " is not valid protobuf");
}

Failure<Error> bad_text(const char* field) {
  return fail(ErrorCode::invalid_argument, std::string(field) + " is not valid UTF-8");
}

// Takes every occurrence and judges each: the library refuses bad text even if a later one
// overrides it.
bool take_text(const WireField& field, std::string_view& text) {
  text = as_text(field.bytes);
  return is_utf8(text);
}

// Merges one occurrence of a _TopicValue into `request`.
Result<void> merge_value(ByteSpan message, int depth, PublishRequest& request, bool& has_kind) {
  WireReader reader(message, depth);
  WireField field;
  while (reader.next(field)) {
    if (field.is_bytes(1)) {
      if (!is_utf8(as_text(field.bytes))) return bad_text("value.text");
      request.kind = PayloadKind::text;
    } else if (field.is_bytes(2)) {
      request.kind = PayloadKind::binary;
    } else {
      continue;
    }
    request.payload = field.bytes;
    has_kind = true;
  }
  if (reader.malformed()) return malformed("_TopicValue");
  return {};
}

struct ItemSizes {
  std::size_t value;  // _TopicValue
  std::size_t item;   // _TopicItem
  std::size_t body;   // _SubscriptionItem
};

ItemSizes item_sizes(const Message& message) {
  ItemSizes sizes;
  sizes.value = delimited_size(message.payload().size());
  sizes.item = number_size(message.number().value()) + delimited_size(sizes.value) +
               number_size(message.page().value());
  if (const auto id_size = message.publisher_id().size(); id_size > 0) {
    sizes.item += delimited_size(id_size);
  }
  sizes.body = delimited_size(sizes.item);
  HARK_CHECK(sizes.body <= std::numeric_limits<std::uint32_t>::max());
  return sizes;
}

}  // namespace

Result<PublishRequest> decode_publish_request(ByteSpan message) {
  PublishRequest request;
  bool has_kind = false;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.is_bytes(1)) {
      if (!take_text(field, request.namespace_name)) return bad_text("cache_name");
    } else if (field.is_bytes(2)) {
      if (!take_text(field, request.topic)) return bad_text("topic");
    } else if (field.is_bytes(3)) {
      auto merged = merge_value(field.bytes, reader.nested_depth(), request, has_kind);
      if (!merged) return Failure{merged.error()};
    }
  }
  if (reader.malformed()) return malformed("_PublishRequest");
  if (!has_kind) return fail(ErrorCode::invalid_argument, "value has neither text nor binary");
  return request;
}

Result<SubscriptionRequest> decode_subscription_request(ByteSpan message) {
  SubscriptionRequest request;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.is_bytes(1)) {
      if (!take_text(field, request.namespace_name)) return bad_text("cache_name");
    } else if (field.is_bytes(2)) {
      if (!take_text(field, request.topic)) return bad_text("topic");
    } else if (field.type == WireType::varint && field.number == 3) {
      request.resume_number = field.varint;
    } else if (field.type == WireType::varint && field.number == 4) {
      request.resume_page = field.varint;
    }
  }
  if (reader.malformed()) return malformed("_SubscriptionRequest");
  return request;
}

std::size_t item_frame_size(const Message& message) { return message_prefix_size + item_sizes(message).body; }

void encode_item_frame(const Message& message, std::byte* out) {
  const ItemSizes sizes = item_sizes(message);
  WireWriter writer(out);
  writer.message_prefix(sizes.body);
  writer.head(item_in_subscription_item, sizes.item);
  writer.number(number_in_item, message.number().value());
  writer.head(value_in_item, sizes.value);
  writer.delimited(message.kind() == PayloadKind::text ? text_in_value : binary_in_value,
                   message.payload().span());
  if (!message.publisher_id().empty()) {
    writer.delimited(publisher_in_item, as_byte_span(message.publisher_id()));
  }
  writer.number(page_in_item, message.page().value());
}

void encode_discontinuity_frame(const Discontinuity& discontinuity, ByteSink& out) {
  const std::uint64_t last = discontinuity.last.number.value();
  const std::uint64_t next = discontinuity.missed_to.value();
  const std::uint64_t page = discontinuity.page.value();
  const std::size_t size = number_size(last) + number_size(next) + number_size(page);
  std::array<std::byte, message_prefix_size + delimited_size(3 * number_size(~std::uint64_t{0}))> frame;
  WireWriter writer(frame.data());
  writer.message_prefix(delimited_size(size));
  writer.head(discontinuity_in_subscription_item, size);
  writer.number(last_in_discontinuity, last);
  writer.number(new_in_discontinuity, next);
  writer.number(page_in_discontinuity, page);
  out.append(ByteSpan(frame.data(), writer.at()));
}

ByteSpan heartbeat_frame() {
  static constexpr std::array<std::byte, 7> frame = {
      std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}, std::byte{0x1a}, std::byte{0}};
  return frame;
}

}  // namespace hark::protocol::grpc
