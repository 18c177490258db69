#pragma once

#include <cstdint>

#include "bench/fanout/histogram.h"
#include "bench/fanout/system.h"
#include "bench/fanout/wire.h"

namespace hark::bench {

/// What one subscription must see next. Every message counts its publish from 0, so a gap, a repeat
/// or a swap shows at once, whatever the system's own numbers say.
struct Subscriber {
  std::uint64_t next_index = 0;
};

/// What the load has sent and seen. One a run; the drivers write it, the load reads it.
class Score {
 public:
  /// A message arrived at `subscriber`. Dies unless it is the very next one.
  void deliver(Subscriber& subscriber, const std::uint8_t* payload) {
    const Stamp stamp = read_stamp(payload);
    if (stamp.index != subscriber.next_index) wrong_message(subscriber.next_index, stamp.index);
    ++subscriber.next_index;
    ++delivered;
    if (recording) latency.record(received_at > stamp.sent_at ? received_at - stamp.sent_at : 0);
  }

  std::uint64_t in_flight() const { return published - answered; }

  std::uint64_t published = 0;    ///< publishes sent
  std::uint64_t answered = 0;     ///< publishes answered with success
  std::uint64_t delivered = 0;    ///< messages received by subscribers, all of them together
  std::uint64_t ready = 0;        ///< subscriptions that the server has confirmed
  std::uint64_t reads = 0;        ///< reads on connections of subscribers
  std::uint64_t received_at = 0;  ///< when the bytes at hand were read
  bool recording = false;         ///< whether latencies count
  Histogram latency;

 private:
  [[noreturn]] static void wrong_message(std::uint64_t expected, std::uint64_t got);
};

}  // namespace hark::bench
