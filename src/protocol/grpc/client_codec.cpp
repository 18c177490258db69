#include "protocol/grpc/client_codec.h"

#include "base/check.h"
#include "base/utf8.h"
#include "protocol/grpc/wire_reader.h"
#include "protocol/grpc/wire_writer.h"

namespace hark::protocol::grpc {
namespace {

// Tags, by proto/cachepubsub.proto and proto/controlclient.proto: field number * 8 + wire type.
constexpr std::uint8_t name_tag = 0x0a;   // cache_name = 1, next_token = 1
constexpr std::uint8_t topic_tag = 0x12;  // topic = 2
constexpr std::uint8_t value_tag = 0x1a;  // value = 3
constexpr std::uint8_t text_tag = 0x0a, binary_tag = 0x12;
constexpr std::uint8_t resume_number_tag = 0x18, resume_page_tag = 0x20;

Failure<Error> malformed(const char* what) {
  return fail(ErrorCode::invalid_argument, std::string(what) + " makes no sense");
}

std::size_t text_size(std::string_view text) { return text.empty() ? 0 : delimited_size(text.size()); }

void write_text(WireWriter& writer, std::uint8_t tag, std::string_view text) {
  if (!text.empty()) writer.delimited(tag, as_byte_span(text));
}

/// A frame of exactly `size` bytes behind its prefix.
template <typename Write>
std::string frame_of(std::size_t size, Write&& write) {
  HARK_CHECK(size <= 0xffff'ffff);
  std::string frame(message_prefix_size + size, '\0');
  WireWriter writer(reinterpret_cast<std::byte*>(frame.data()));
  writer.message_prefix(size);
  write(writer);
  HARK_CHECK(writer.at() == reinterpret_cast<std::byte*>(frame.data() + frame.size()));
  return frame;
}

std::string encode_one_text(std::string_view text) {
  return frame_of(text_size(text), [&](WireWriter& writer) { write_text(writer, name_tag, text); });
}

/// The value of an item: whether it has one, and it is good.
bool read_value(ByteSpan message, int depth, SubscriptionItem& item) {
  WireReader reader(message, depth);
  WireField field;
  bool has_value = false;
  while (reader.next(field)) {
    if (!field.is_bytes(1) && !field.is_bytes(2)) continue;
    item.kind = field.number == 1 ? PayloadKind::text : PayloadKind::binary;
    item.payload = field.bytes;
    if (item.kind == PayloadKind::text && !is_utf8(as_text(field.bytes))) return false;
    has_value = true;
  }
  return has_value && !reader.malformed();
}

bool read_item(ByteSpan message, int depth, SubscriptionItem& item) {
  WireReader reader(message, depth);
  WireField field;
  bool has_value = false;
  while (reader.next(field)) {
    if (field.is_bytes(2)) {
      if (!read_value(field.bytes, reader.nested_depth(), item)) return false;
      has_value = true;
    } else if (field.is_bytes(3)) {
      item.publisher_id = as_text(field.bytes);
      if (!is_utf8(item.publisher_id)) return false;
    } else if (field.type == WireType::varint && field.number == 1) {
      item.number = field.varint;
    } else if (field.type == WireType::varint && field.number == 4) {
      item.page = field.varint;
    }
  }
  return has_value && !reader.malformed();
}

bool read_discontinuity(ByteSpan message, int depth, SubscriptionItem& item) {
  WireReader reader(message, depth);
  WireField field;
  while (reader.next(field)) {
    if (field.type != WireType::varint) continue;
    if (field.number == 1) item.last_number = field.varint;
    if (field.number == 2) item.missed_to = field.varint;
    if (field.number == 3) item.page = field.varint;
  }
  return !reader.malformed();
}

/// One number of a _TopicLimits.
std::uint32_t limit_of(const WireField& field) { return static_cast<std::uint32_t>(field.varint); }

bool read_topic_limits(ByteSpan message, int depth, NamespaceEntry& entry) {
  WireReader reader(message, depth);
  WireField field;
  while (reader.next(field)) {
    if (field.type != WireType::varint) continue;
    if (field.number == 1) entry.publish_rate_max = limit_of(field);
    if (field.number == 2) entry.subscription_count_max = limit_of(field);
    if (field.number == 3) entry.message_kib_max = limit_of(field);
  }
  return !reader.malformed();
}

bool read_stored_limits(ByteSpan message, int depth, NamespaceEntry& entry) {
  WireReader reader(message, depth);
  WireField field;
  while (reader.next(field)) {
    if (field.type != WireType::varint) continue;
    if (field.number == 1) entry.traffic_rate_max = limit_of(field);
    if (field.number == 2) entry.throughput_kib_max = limit_of(field);
    if (field.number == 3) entry.item_kib_max = limit_of(field);
    if (field.number == 4) entry.ttl_seconds_max = field.varint;
  }
  return !reader.malformed();
}

bool read_entry(ByteSpan message, int depth, NamespaceEntry& entry) {
  WireReader reader(message, depth);
  WireField field;
  while (reader.next(field)) {
    if (field.is_bytes(1)) {
      if (!is_utf8(as_text(field.bytes))) return false;
      entry.name = as_text(field.bytes);
    } else if (field.is_bytes(2)) {
      if (!read_stored_limits(field.bytes, reader.nested_depth(), entry)) return false;
    } else if (field.is_bytes(3)) {
      if (!read_topic_limits(field.bytes, reader.nested_depth(), entry)) return false;
    }
  }
  return !reader.malformed();
}

}  // namespace

std::string encode_publish_request_frame(const PublishRequest& request) {
  const std::size_t value = delimited_size(request.payload.size());
  const std::size_t size =
      text_size(request.namespace_name) + text_size(request.topic) + delimited_size(value);
  return frame_of(size, [&](WireWriter& writer) {
    write_text(writer, name_tag, request.namespace_name);
    write_text(writer, topic_tag, request.topic);
    writer.head(value_tag, value);
    writer.delimited(request.kind == PayloadKind::text ? text_tag : binary_tag, request.payload);
  });
}

std::string encode_subscription_request_frame(const SubscriptionRequest& request) {
  const std::size_t size = text_size(request.namespace_name) + text_size(request.topic) +
                           number_size(request.resume_number) + number_size(request.resume_page);
  return frame_of(size, [&](WireWriter& writer) {
    write_text(writer, name_tag, request.namespace_name);
    write_text(writer, topic_tag, request.topic);
    writer.number(resume_number_tag, request.resume_number);
    writer.number(resume_page_tag, request.resume_page);
  });
}

std::string encode_namespace_request_frame(std::string_view name) { return encode_one_text(name); }
std::string encode_list_request_frame(std::string_view next_token) { return encode_one_text(next_token); }

Result<SubscriptionItem> decode_subscription_item(ByteSpan message) {
  SubscriptionItem item;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.type != WireType::length_delimited || field.number > 3) continue;
    item = {};  // of a oneof the last one counts
    const int depth = reader.nested_depth();
    bool good = true;
    if (field.number == 3) {
      item.what = SubscriptionItem::What::heartbeat;
    } else if (field.number == 1) {
      item.what = SubscriptionItem::What::item;
      good = read_item(field.bytes, depth, item);
    } else {
      item.what = SubscriptionItem::What::discontinuity;
      good = read_discontinuity(field.bytes, depth, item);
    }
    if (!good) return malformed("_SubscriptionItem");
  }
  if (reader.malformed()) return malformed("_SubscriptionItem");
  return item;
}

Result<NamespaceList> decode_list_response(ByteSpan message) {
  NamespaceList list;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.is_bytes(1)) {
      if (!read_entry(field.bytes, reader.nested_depth(), list.entries.emplace_back()))
        return malformed("_ListCachesResponse");
    } else if (field.is_bytes(2)) {
      if (!is_utf8(as_text(field.bytes))) return malformed("_ListCachesResponse");
      list.next_token = as_text(field.bytes);
    }
  }
  if (reader.malformed()) return malformed("_ListCachesResponse");
  return list;
}

}  // namespace hark::protocol::grpc
