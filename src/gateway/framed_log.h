#pragma once

#include <deque>
#include <memory>

#include "gateway/segment.h"
#include "gateway/wire_form.h"
#include "topic/replay_ring.h"

namespace hark::gateway {

class FramedLog;

/// Bounds the framed logs of one core together: the segment used longest ago goes first, where uses
/// between two drop_unused() count as one.
///
/// Dropped segments stay alive until clear_retired(), since a write under way may borrow from them.
/// Core: one. Owner: the gateway.
class FramedCache {
 public:
  struct Counters {
    Gauge bytes;  ///< memory of all segments that are not dropped
    Counter messages_framed, segments_dropped;
  };

  FramedCache(std::size_t bytes_max, PinnedBytes& pinned, Counters& counters)
      : bytes_max_(bytes_max), pinned_(pinned), counters_(counters) {}
  ~FramedCache() { recent_.clear(); }

  /// Keeps a reader's own bytes until clear_retired, since the write under way borrows from them.
  void retire(Ref<ByteBlock> block) { retired_blocks_.push_back(std::move(block)); }
  void retire(std::shared_ptr<Segment> segment) { retired_.push_back(std::move(segment)); }
  /// Frees what was dropped and retired: call when no write borrows from it.
  void clear_retired() {
    retired_.clear();
    retired_blocks_.clear();
  }
  PinnedBytes& pinned() { return pinned_; }
  /// Drops what nobody used since the last call.
  void drop_unused();
  std::size_t bytes() const { return counters_.bytes.value(); }

 private:
  friend class FramedLog;
  using RecentlyUsed = boost::intrusive::list<
      Segment,
      boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<RecentlyUsedTag>>>>;
  void added(Segment& segment);
  void used(Segment& segment);
  void recount(Segment& segment);
  void removed(std::shared_ptr<Segment> segment);

  std::size_t bytes_max_;
  PinnedBytes& pinned_;
  Counters& counters_;
  RecentlyUsed recent_;  // front: used longest ago
  std::vector<std::shared_ptr<Segment>> retired_;
  std::vector<Ref<ByteBlock>> retired_blocks_;
  std::uint64_t sweep_ = 1;
};

/// One view's messages, framed in one wire form: a cache over the view's ring, shared by all readers.
///
/// Built on demand from any number; holes are allowed. Segments start at 512 bytes and double, so a
/// quiet topic stays small; a message above 16 KiB has a segment of its own. Core: one. Owner: TopicView.
class FramedLog {
 public:
  static constexpr std::size_t segment_bytes_min = 512;
  static constexpr std::size_t segment_bytes_max = 256 << 10;

  FramedLog(const WireForm& form, FramedCache& cache) : form_(form), cache_(cache) {}
  ~FramedLog() { clear(); }

  /// Bytes of whole messages from `number` on, and perhaps a part of the last one.
  struct Slice {
    ByteSpan bytes;                    ///< valid until FramedCache::clear_retired
    SequenceNumber next;               ///< first message not begun in `bytes`
    ByteSpan rest;                     ///< what is missing of the message before `next`; perhaps empty
    std::shared_ptr<Segment> segment;  ///< set when `rest` is in a segment of its own
  };
  /// At most `bytes_max` (>= 1) bytes. Requires that `ring` holds `number`.
  Slice slice(const topic::ReplayRing& ring, SequenceNumber number, std::size_t bytes_max);

  /// Lets go of what is older than `oldest`.
  void trim_to(SequenceNumber oldest);
  void clear();
  const WireForm& form() const { return form_; }

 private:
  friend class FramedCache;
  using Segments = std::deque<std::shared_ptr<Segment>>;

  Segments::iterator find(SequenceNumber number);
  Segment& segment_for(const topic::ReplayRing& ring, SequenceNumber number, std::size_t bytes_max);
  Segments::iterator make_segment(Segments::iterator before, SequenceNumber number, std::size_t needed);
  void fill(Segments::iterator at, const topic::ReplayRing& ring, SequenceNumber number,
            std::size_t bytes_max);
  void erase(Segments::iterator segment);
  void drop(Segment& segment);

  const WireForm& form_;
  FramedCache& cache_;
  Segments segments_;  // by first number; never overlapping
};

}  // namespace hark::gateway
