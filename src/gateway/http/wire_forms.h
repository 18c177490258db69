#pragma once

#include "gateway/wire_form.h"
#include "protocol/json/item_codec.h"
#include "protocol/sse/event_codec.h"

namespace hark::gateway::http {

/// Items as events of a text/event-stream.
class EventForm final : public WireForm {
 public:
  static const EventForm& instance(protocol::sse::EventData data) {
    static const EventForm json(protocol::sse::EventData::json), text(protocol::sse::EventData::text);
    return data == protocol::sse::EventData::json ? json : text;
  }
  std::size_t message_bytes(const Message& message) const override {
    return protocol::sse::event_size(message, data_);
  }
  void encode_message(const Message& message, std::byte* out) const override {
    protocol::sse::write_event(message, data_, reinterpret_cast<char*>(out));
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    std::string block;
    protocol::sse::append_discontinuity(discontinuity, block);
    out.append(block);
  }
  ByteSpan heartbeat() const override { return as_byte_span(protocol::sse::heartbeat); }

 private:
  explicit EventForm(protocol::sse::EventData data) : data_(data) {}
  protocol::sse::EventData data_;
};

/// Items as elements of a JSON array, each behind a comma, of which the first is not sent. No heartbeats.
class ElementForm final : public WireForm {
 public:
  static const ElementForm& instance() {
    static const ElementForm form;
    return form;
  }
  std::size_t message_bytes(const Message& message) const override {
    return 1 + protocol::json::item_size(message);
  }
  void encode_message(const Message& message, std::byte* out) const override {
    *out = std::byte{','};
    protocol::json::write_item(message, reinterpret_cast<char*>(out + 1));
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    std::string element = ",";
    protocol::json::append_discontinuity(discontinuity, element);
    out.append(element);
  }
  ByteSpan heartbeat() const override { return {}; }
};

}  // namespace hark::gateway::http
