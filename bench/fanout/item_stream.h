#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/fanout/score.h"
#include "bench/fanout/wire.h"

namespace hark::bench {

/// One Subscribe stream: takes its DATA bytes, cut anywhere, and scores each _SubscriptionItem.
/// Dies at a discontinuity, and at a sequence number that does not follow the last one.
class ItemStream {
 public:
  explicit ItemStream(std::size_t payload_size) : payload_size_(payload_size) {}

  void feed(Bytes bytes, Score& score);

  /// Counts bytes against the stream's flow control window; returns how many to give back now.
  std::uint32_t consume(std::size_t bytes, std::size_t threshold);

 private:
  void read_message(Bytes message, Score& score);
  void read_item(Bytes item, Score& score);

  std::size_t payload_size_;
  Subscriber subscriber_;
  std::uint64_t last_sequence_ = 0;
  std::size_t consumed_ = 0;
  bool confirmed_ = false;
  std::vector<std::uint8_t> partial_;  ///< the beginning of a message that the bytes cut
};

}  // namespace hark::bench
