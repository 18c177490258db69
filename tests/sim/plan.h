#pragma once

#include <string>
#include <vector>

#include "model/limits.h"
#include "tests/sim/facts.h"
#include "tests/sim/random.h"

namespace hark::sim {

/// What a history is made of: chosen from its seed before it begins.
struct Plan {
  std::uint64_t seed = 0;
  std::size_t cores = 3;
  Limits limits;
  Facts facts;
  std::vector<std::string> namespaces;
  std::vector<std::string> topics;  ///< by number; its namespace is in facts

  std::size_t publishers = 2, subscribers = 8, publishes = 200;
  std::size_t payload_max = 40;     ///< bytes, most of the time
  bool large_payloads = false;      ///< some are near message_bytes_max
  Duration between_acts = 10ms;     ///< on average
  Duration commit_delay_max{};      ///< zero: what is assigned is committed at once
  bool pages_run_out = false;       ///< stepping the page counter fails at times
  bool drains_under_load = false;   ///< no quiet end: the server is told to end while everybody talks

  // How often (of 100 acts) something happens besides publishing.
  std::uint64_t stalls = 5, cuts = 3, moves = 3, deletions = 1, probes = 6, pauses = 2;

  // The network.
  Duration delay_max = 500us;
  std::size_t chunk_max = 512;
  std::size_t socket_max = 4096;
  std::uint32_t window_max = 65535;

  static Plan random(std::uint64_t seed);
  /// The choices that matter, for who reads a failed history.
  std::string text() const;
};

}  // namespace hark::sim
