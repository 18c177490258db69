#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "hark/client/export.h"

namespace hark::client {

/// Whether a message is text (UTF-8) or bytes; subscribers of every kind are told which.
enum class Kind : std::uint8_t { text, binary };

/// What is to be published, borrowed: it must live until the call that takes it returns.
class Payload {
 public:
  Payload(std::string_view text) : bytes_(text), kind_(Kind::text) {}
  Payload(const std::string& text) : Payload(std::string_view(text)) {}
  Payload(const char* text) : Payload(std::string_view(text)) {}
  Payload(std::span<const std::byte> bytes)
      : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), kind_(Kind::binary) {}
  Payload(Kind kind, std::string_view bytes) : bytes_(bytes), kind_(kind) {}

  std::string_view bytes() const { return bytes_; }
  Kind kind() const { return kind_; }

 private:
  std::string_view bytes_;
  Kind kind_;
};

/// A message's place in its topic. Numbers are 1, 2, 3, ... without holes within a page; another page
/// means that the topic began again. Both are below 2^53; page 0 is "unknown", number 0 "none".
struct Slot {
  std::uint64_t page = 0;
  std::uint64_t number = 0;
  friend bool operator==(const Slot&, const Slot&) = default;
};

/// A message, as a subscriber gets it.
struct Item {
  Slot slot;
  Kind kind = Kind::text;
  std::string payload;
  std::string publisher_id;  ///< of the publisher's token; empty if none
};

/// The word that some messages will not come. Never is anything missing without it.
struct Discontinuity {
  enum class Reason : std::uint8_t {
    missed,          ///< they are no longer kept by the server: this reader was too slow or away too long
    page_changed,    ///< the topic began again (its server was killed, or it was deleted or forgotten)
    position_ahead,  ///< the position asked for does not exist; nothing is missed, it goes on at the newest
  };
  Reason reason = Reason::missed;
  Slot last;  ///< the last one before; number 0: none. After it everything of its page is
              ///< missed when the page changed
  std::uint64_t page = 0;  ///< where it goes on
  std::uint64_t missed_from = 0;  ///< missed are missed_from ... missed_to of `page`;
  std::uint64_t missed_to = 0;  ///< none when missed_from > missed_to. It goes on with missed_to + 1
};

/// "missed", "page_changed", "position_ahead"; never null.
HARK_CLIENT_API const char* to_string(Discontinuity::Reason reason);

/// What a subscription gives.
using Event = std::variant<Item, Discontinuity>;

}  // namespace hark::client
