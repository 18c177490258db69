#pragma once

#include <cachepubsub.pb.h>

#include <string>

#include "protocol/grpc/pubsub_codec.h"

/// What protobuf-lite makes of a message, and what hark's codec makes of it, in the same words:
/// both must agree on every input. For the unit tests and the fuzz target.
namespace hark::protocol::grpc::oracle {

inline std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

inline std::string value_words(bool is_text, std::string_view payload) {
  return (is_text ? "text=" : "binary=") + hex(payload);
}

inline std::string publish_words(std::string_view cache, std::string_view topic, const std::string& value) {
  return "cache=" + hex(cache) + " topic=" + hex(topic) + " " + value;
}

inline std::string subscription_words(std::string_view cache, std::string_view topic, std::uint64_t resume,
                                      std::uint64_t page) {
  return "cache=" + hex(cache) + " topic=" + hex(topic) + " resume=" + std::to_string(resume) +
         " page=" + std::to_string(page);
}

template <typename Message>
bool parse(ByteSpan bytes, Message& message) {
  const google::protobuf::LogSilencer quiet;  // it would print each bad text
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

inline std::string publish_by_protobuf(ByteSpan bytes) {
  cache_client::pubsub::_PublishRequest request;
  if (!parse(bytes, request)) return "refused";
  const auto& value = request.value();
  if (value.kind_case() == value.KIND_NOT_SET) return "refused";
  return publish_words(request.cache_name(), request.topic(),
                       value_words(value.has_text(), value.has_text() ? value.text() : value.binary()));
}

inline std::string publish_by_hark(ByteSpan bytes) {
  const auto request = decode_publish_request(bytes);
  if (!request) return request.error().code == ErrorCode::invalid_argument ? "refused" : "wrong error";
  return publish_words(request->namespace_name, request->topic,
                       value_words(request->kind == PayloadKind::text, as_text(request->payload)));
}

inline std::string subscription_by_protobuf(ByteSpan bytes) {
  cache_client::pubsub::_SubscriptionRequest request;
  if (!parse(bytes, request)) return "refused";
  return subscription_words(request.cache_name(), request.topic(), request.resume_at_topic_sequence_number(),
                            request.sequence_page());
}

inline std::string subscription_by_hark(ByteSpan bytes) {
  const auto request = decode_subscription_request(bytes);
  if (!request) return request.error().code == ErrorCode::invalid_argument ? "refused" : "wrong error";
  return subscription_words(request->namespace_name, request->topic, request->resume_number,
                            request->resume_page);
}

/// Adds the gRPC prefix to a protobuf message.
inline std::string frame(const std::string& message) {
  std::string framed(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(message.size() >> shift);
  return framed + message;
}

inline std::string item_by_protobuf(const hark::Message& message) {
  cache_client::pubsub::_SubscriptionItem item;
  auto& body = *item.mutable_item();
  body.set_topic_sequence_number(message.number().value());
  body.set_sequence_page(message.page().value());
  body.set_publisher_id(message.publisher_id());
  const auto payload = message.payload().text();
  if (message.kind() == PayloadKind::text) {
    body.mutable_value()->set_text(payload.data(), payload.size());
  } else {
    body.mutable_value()->set_binary(payload.data(), payload.size());
  }
  const google::protobuf::LogSilencer quiet;
  return frame(item.SerializeAsString());
}

inline std::string item_by_hark(const hark::Message& message) {
  // Guard bytes on both sides show a size that is not exact.
  const std::size_t size = item_frame_size(message);
  std::string out(size + 16, '\x5a');
  encode_item_frame(message, reinterpret_cast<std::byte*>(out.data()) + 8);
  if (out.substr(0, 8) + out.substr(size + 8) != std::string(16, '\x5a')) return "wrote elsewhere";
  return out.substr(8, size);
}

inline std::string discontinuity_by_protobuf(const hark::Discontinuity& discontinuity) {
  cache_client::pubsub::_SubscriptionItem item;
  auto& body = *item.mutable_discontinuity();
  body.set_last_topic_sequence(discontinuity.last.number.value());
  body.set_new_topic_sequence(discontinuity.missed_to.value());
  body.set_new_sequence_page(discontinuity.page.value());
  return frame(item.SerializeAsString());
}

inline std::string discontinuity_by_hark(const hark::Discontinuity& discontinuity) {
  ByteSink sink;
  encode_discontinuity_frame(discontinuity, sink);
  return sink.take();
}

}  // namespace hark::protocol::grpc::oracle
