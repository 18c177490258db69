#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/instant.h"
#include "model/message.h"
#include "model/names.h"

namespace hark::topic {

/// A topic as an export tells it; `next - oldest` messages follow it, oldest first.
struct ExportedTopic {
  TopicPath path;
  std::uint64_t namespace_id = 0;
  SequencePage page;
  SequenceNumber oldest, next;
};

/// One kept message of the topic before it. Ages survive a restart, instants do not: time that passes between
/// is added at the import (ExportedMoment).
struct ExportedMessage {
  MessageDraft draft;
  Duration age{};  ///< at the export; whole milliseconds
};

/// What is remembered of a topic that was forgotten. The hash holds under the same hash key only.
struct ExportedForgotten {
  std::uint64_t path_hash = 0;
  std::uint64_t namespace_id = 0;
  SequencePage page;
  SequenceNumber next;
};

/// A namespace; one without a name carries only the greatest id that was ever given out.
struct ExportedNamespace {
  std::string name;
  std::uint64_t id = 0;
  bool begin_with_latest = true;
};

/// When the export was made, by the wall clock. Milliseconds since 1970; 0: that clock told nothing.
struct ExportedMoment {
  std::uint64_t epoch_milliseconds = 0;
};

/// The last record of an export: how many there are before it.
struct ExportEnd {
  std::uint64_t records = 0;
};

using ExportRecord = std::variant<ExportedTopic, ExportedMessage, ExportedForgotten, ExportedNamespace,
                                  ExportedMoment, ExportEnd>;

/// Begins every file of records; another version has other words.
inline constexpr std::string_view export_magic = "hark export 2\n";
/// Length (4) and checksum (8) of the body that follows, little endian.
inline constexpr std::size_t export_head_bytes = 12;
/// Above any message that limits allow; a length beyond it is damage, not a reason to allocate.
inline constexpr std::size_t export_body_bytes_max = 64 << 20;

struct ExportHead {
  std::size_t body_bytes;
  std::uint64_t checksum;
};

/// Finds accidents (bits, blocks, lengths), not forgers: who writes the data directory is trusted.
std::uint64_t export_checksum(std::string_view body);
/// Appends the record with its head. The body must not pass export_body_bytes_max.
void append_record(std::string& to, const ExportRecord& record);
void append_message(std::string& to, const Message& message, Instant now);
/// Requires export_head_bytes of `bytes`. Fails on a length that cannot be.
Result<ExportHead> decode_export_head(std::string_view bytes);
/// The record in `body`, which is not trusted: neither its checksum nor what it says.
Result<ExportRecord> decode_export_body(const ExportHead& head, std::string_view body);

}  // namespace hark::topic
