#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.h"

namespace hark::sim {

/// What clients are told about a bus before they use it: settings, and what happened outside it.
struct Facts {
  /// The topics, by the numbers that records use: each names its namespace's number.
  std::vector<std::uint32_t> topic_namespaces;
  std::vector<bool> begins_with_latest;  ///< by namespace: what a fresh subscription begins with

  // The replay buffer of a topic: a message is kept while all three allow it.
  std::size_t kept_messages = 0;
  std::size_t kept_bytes = 0;
  Duration kept_for{};
  std::size_t message_bytes_max = 0;

  bool inbound_is_ample = true;    ///< no request is refused for want of memory while it arrives
  bool memory_is_ample = true;     ///< no topic is forgotten, no publish refused, for want of memory
  bool names_are_remembered = true;  ///< a forgotten topic's numbers always go on
  bool refuses_for_memory() const { return !memory_is_ample || !inbound_is_ample; }
  bool resets_pinners = false;     ///< the bound on pinned bytes is so low that it may be met

  Duration answer_within = 5s;    ///< a publish
  Duration heartbeat_within = 15s;
  Duration caught_up_within = 5s;
  Duration drained_within = 10s;
  /// How much older than its newest acked message a topic may look to a new subscriber elsewhere.
  Duration replica_lag = 1s;
  Duration slack = 1500ms;  ///< of the network and of cores that were kept from running
};

}  // namespace hark::sim
