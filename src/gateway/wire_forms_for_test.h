#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "cachepubsub.pb.h"
#include "gateway/wire_form.h"
#include "protocol/grpc/pubsub_codec.h"

namespace hark::gateway::test {

/// The payload of a slot: every byte follows from the slot, so that a reader can check each one.
inline std::string payload_of(Position slot, std::size_t size) {
  std::string payload(size, '\0');
  std::uint64_t state = slot.page.value() * 0x9e3779b97f4a7c15 + slot.number.value() * 0xbf58476d1ce4e5b9;
  for (char& byte : payload) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return payload;
}

inline Position slot_of(std::uint64_t page, std::uint64_t number) {
  return {SequencePage(page), SequenceNumber(number)};
}

inline MessageRef message_of(Position slot, std::size_t size) {
  return Message::create(slot, {PayloadKind::binary, SharedBytes::copy_of(payload_of(slot, size)), {}}, {});
}

/// What a reader was told, decoded.
struct Event {
  enum class Kind : std::uint8_t { heartbeat, message, discontinuity };
  Kind kind = Kind::heartbeat;
  Position slot{};        // of a message
  std::string payload{};  // of a message
  Discontinuity discontinuity{};
};

/// A form that a test can decode: the first whole event of `bytes`, which are removed.
class TestForm : public WireForm {
 public:
  virtual std::optional<Event> decode(std::string& bytes) const = 0;
  /// At least this many bytes are needed before decode() can give the event that `bytes` begin.
  virtual std::size_t wanted(const std::string& bytes) const = 0;
  /// Whether its discontinuities name the reason and the last page.
  virtual bool tells_reasons() const = 0;
};

/// A tag, five or two numbers of eight bytes, the payload. Tells everything.
class ToyForm final : public TestForm {
 public:
  std::size_t message_bytes(const Message& message) const override { return 25 + message.payload().size(); }
  void encode_message(const Message& message, std::byte* out) const override {
    std::string head = "M";
    put(head, message.page().value());
    put(head, message.number().value());
    put(head, message.payload().size());
    std::memcpy(out, head.data(), head.size());
    if (!message.payload().empty())
      std::memcpy(out + head.size(), message.payload().span().data(), message.payload().size());
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    std::string bytes = "D";
    put(bytes, static_cast<std::uint64_t>(discontinuity.reason));
    put(bytes, discontinuity.last.page.value());
    put(bytes, discontinuity.last.number.value());
    put(bytes, discontinuity.page.value());
    put(bytes, discontinuity.missed_to.value());
    out.append(bytes);
  }
  ByteSpan heartbeat() const override { return as_byte_span("HEARTBEAT"); }
  bool tells_reasons() const override { return true; }
  std::size_t wanted(const std::string& bytes) const override {
    return bytes[0] != 'M' || bytes.size() < 25 ? bytes.size() + 1 : 25 + get(bytes, 2);
  }

  std::optional<Event> decode(std::string& bytes) const override {
    if (bytes.empty()) return std::nullopt;
    if (bytes[0] == 'H') {
      if (bytes.size() < 9) return std::nullopt;
      HARK_CHECK(bytes.starts_with("HEARTBEAT"));
      bytes.erase(0, 9);
      return Event{};
    }
    if (bytes[0] == 'D') {
      if (bytes.size() < 41) return std::nullopt;
      Event event{Event::Kind::discontinuity,
                  {},
                  {},
                  {static_cast<DiscontinuityReason>(get(bytes, 0)), slot_of(get(bytes, 1), get(bytes, 2)),
                   SequencePage(get(bytes, 3)), SequenceNumber(get(bytes, 4))}};
      bytes.erase(0, 41);
      return event;
    }
    HARK_CHECK(bytes[0] == 'M');
    if (bytes.size() < 25 || bytes.size() < 25 + get(bytes, 2)) return std::nullopt;
    const std::size_t size = get(bytes, 2);
    Event event{Event::Kind::message, slot_of(get(bytes, 0), get(bytes, 1)), bytes.substr(25, size), {}};
    bytes.erase(0, 25 + size);
    return event;
  }

 private:
  static void put(std::string& out, std::uint64_t value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static std::uint64_t get(const std::string& bytes, std::size_t index) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + 1 + index * sizeof value, sizeof value);
    return value;
  }
};

/// What Momento's clients read, decoded by protobuf itself.
class GrpcForm final : public TestForm {
 public:
  std::size_t message_bytes(const Message& message) const override {
    return protocol::grpc::item_frame_size(message);
  }
  void encode_message(const Message& message, std::byte* out) const override {
    protocol::grpc::encode_item_frame(message, out);
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    protocol::grpc::encode_discontinuity_frame(discontinuity, out);
  }
  ByteSpan heartbeat() const override { return protocol::grpc::heartbeat_frame(); }
  bool tells_reasons() const override { return false; }
  std::size_t wanted(const std::string& bytes) const override {
    if (bytes.size() < 5) return 5;
    std::size_t size = 0;
    for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
    return 5 + size;
  }

  std::optional<Event> decode(std::string& bytes) const override {
    const std::size_t size = wanted(bytes) - 5;
    if (bytes.size() < 5 + size) return std::nullopt;
    cache_client::pubsub::_SubscriptionItem item;
    HARK_CHECK(bytes[0] == 0 && item.ParseFromArray(bytes.data() + 5, static_cast<int>(size)));
    bytes.erase(0, 5 + size);
    if (item.has_heartbeat()) return Event{};
    if (item.has_discontinuity()) {
      const auto& told = item.discontinuity();
      return Event{Event::Kind::discontinuity,
                   {},
                   {},
                   {DiscontinuityReason::expired, slot_of(0, told.last_topic_sequence()),
                    SequencePage(told.new_sequence_page()), SequenceNumber(told.new_topic_sequence())}};
    }
    HARK_CHECK(item.has_item());
    return Event{Event::Kind::message,
                 slot_of(item.item().sequence_page(), item.item().topic_sequence_number()),
                 item.item().value().binary(),
                 {}};
  }
};

}  // namespace hark::gateway::test
