#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <vector>

#include "base/metrics.h"
#include "base/shared_bytes.h"
#include "model/position.h"

namespace hark::gateway {

class FramedLog;

/// A framed message above this has a segment of its own, so that a reader inside it pins nothing else.
inline constexpr std::size_t own_segment_above = 16 << 10;

/// Bytes that readers keep alive beyond what the views and caches hold. Core: one.
struct PinnedBytes {
  Gauge bytes;
};

/// A stretch of framed messages, end to end, without holes. Only appended to.
///
/// Owned by a FramedLog and, while a reader is inside a message of its own segment, by that reader.
/// When only readers keep it, its bytes count as pinned. Core: one.
struct Segment : boost::intrusive::list_base_hook<boost::intrusive::tag<struct RecentlyUsedTag>> {
  Segment(SequenceNumber first_number, std::size_t capacity, PinnedBytes& pinned_bytes)
      : first(first_number), block(ByteBlock::allocate(capacity)), pinned(pinned_bytes) {}
  ~Segment() {
    if (orphan) pinned.bytes.subtract(memory_bytes());
  }

  std::size_t capacity() const { return block->size(); }
  std::size_t memory_bytes() const {
    return sizeof(Segment) + capacity() + ends.capacity() * sizeof(ends[0]);
  }
  std::size_t room() const { return capacity() - used; }
  SequenceNumber next() const { return first + ends.size(); }  ///< the number after its last message
  std::size_t begin_of(SequenceNumber n) const { return n == first ? 0 : ends[n - first - 1]; }
  std::size_t end_of(SequenceNumber n) const { return ends[n - first]; }
  bool contains(SequenceNumber n) const { return n >= first && n < next(); }
  /// Whether it was made for one large message.
  bool alone() const { return ends.size() == 1 && used > own_segment_above; }
  /// The log lets go of it; from now on it is pinned by whoever still holds it.
  void orphaned() {
    orphan = true;
    pinned.bytes.add(memory_bytes());
  }

  const SequenceNumber first;
  Ref<ByteBlock> block;
  std::size_t used = 0;
  std::vector<std::uint32_t> ends;  // by message: where it ends
  FramedLog* log = nullptr;
  PinnedBytes& pinned;
  bool orphan = false;
  std::size_t counted = 0;          // in the cache's bytes
  std::uint64_t used_at_sweep = 0;  // see FramedCache::drop_unused
};

}  // namespace hark::gateway
