#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.h"

namespace hark::sim {

/// What a publisher or a subscriber notes down. All that the checker ever sees.
enum class Kind : std::uint8_t {
  publish_sent,     ///< id, client (its connection), topic, hash, bytes
  publish_written,  ///< id: its last byte has left for the network
  publish_acked,    ///< id, slot
  publish_refused,  ///< id, status: a definite no
  publish_unknown,  ///< id: a timeout or a broken connection
  subscribe_sent,   ///< id (the stream), client (the logical subscriber), topic, slot (the wish), again
  heartbeat,        ///< id
  item,             ///< id, topic (as the payload names it), slot, hash, publish
  gap,              ///< id, last, slot (missed_to and its page)
  stream_ended,     ///< id, status: the server's word, or one of `Ending`
  slow_begins,      ///< id: from here the reader of this stream is slow on purpose
  slow_ends,        ///< id
  deleting,         ///< topic: the namespace's number
  deleted,          ///< topic: the namespace's number, status
  creating,
  created,
  draining,  ///< the server was told to end
  drained,   ///< it says that nothing is left
  quiet,     ///< publishers have stopped, faults are healed, the markers are acked
  finished,  ///< the time to catch up has passed
};

/// How a stream ended without a status of the server's.
enum Ending : int {
  by_reset = -1,       ///< the server reset the stream
  by_server = -2,      ///< the server ended the connection
  by_client = -3,      ///< we cancelled it
  by_network = -4,     ///< the connection was cut
};

struct Slot {
  std::uint64_t page = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const Slot&, const Slot&) = default;
};

struct Record {
  Instant at{};
  Kind kind = Kind::finished;
  std::uint32_t id = 0;
  std::uint32_t client = 0;
  std::uint32_t topic = 0;
  std::uint32_t publish = 0;
  Slot slot{};
  std::uint64_t last = 0;
  std::uint64_t hash = 0;
  std::uint64_t bytes = 0;
  int status = 0;
  /// subscribe_sent: resumes where this logical subscriber was: 0 no, 1 after its last (as the SDKs of
  /// JavaScript do), 2 at its last (as the SDK of Go does, which so gets that one again).
  int again = 0;
};

std::string to_text(const Record& record);

/// Takes `record` into `hash`: two runs of one seed must agree on all of it.
std::uint64_t mixed(std::uint64_t hash, const Record& record);

}  // namespace hark::sim
