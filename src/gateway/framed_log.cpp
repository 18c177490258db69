#include "gateway/framed_log.h"

#include <algorithm>

#include "base/check.h"

namespace hark::gateway {

// --- FramedCache -----------------------------------------------------------------------------------

void FramedCache::added(Segment& segment) {
  recent_.push_back(segment);
  segment.used_at_sweep = sweep_;
  recount(segment);
  // The newest stays, so that whoever asked for it can read it.
  while (counters_.bytes.value() > bytes_max_ && &recent_.front() != &segment)
    recent_.front().log->drop(recent_.front());
}

void FramedCache::used(Segment& segment) {
  if (segment.used_at_sweep == sweep_) return;
  segment.used_at_sweep = sweep_;
  recent_.splice(recent_.end(), recent_, recent_.iterator_to(segment));
}

void FramedCache::recount(Segment& segment) {
  counters_.bytes.subtract(segment.counted);
  segment.counted = segment.memory_bytes();
  counters_.bytes.add(segment.counted);
}

void FramedCache::removed(std::shared_ptr<Segment> segment) {
  recent_.erase(recent_.iterator_to(*segment));
  counters_.bytes.subtract(segment->counted);
  counters_.segments_dropped.add();
  if (segment.use_count() > 1) segment->orphaned();
  retired_.push_back(std::move(segment));
}

void FramedCache::drop_unused() {
  while (!recent_.empty() && recent_.front().used_at_sweep < sweep_)
    recent_.front().log->drop(recent_.front());
  ++sweep_;
}

// --- FramedLog -------------------------------------------------------------------------------------

FramedLog::Slice FramedLog::slice(const topic::ReplayRing& ring, SequenceNumber number,
                                  std::size_t bytes_max) {
  Segment& segment = segment_for(ring, number, bytes_max);
  cache_.used(segment);
  const ByteSpan all(segment.block->data(), segment.used);
  const std::size_t begin = segment.begin_of(number);
  if (all.size() - begin <= bytes_max) return {all.subspan(begin), segment.next(), {}, nullptr};
  const std::size_t cut = begin + bytes_max;
  const auto last = std::lower_bound(segment.ends.begin(), segment.ends.end(), cut);
  const std::size_t end = *last;
  Slice slice{all.subspan(begin, bytes_max),
              segment.first + static_cast<std::uint64_t>(last - segment.ends.begin() + 1),
              all.subspan(cut, end - cut), nullptr};
  if (segment.alone() && !slice.rest.empty()) slice.segment = *find(number);
  return slice;
}

FramedLog::Segments::iterator FramedLog::find(SequenceNumber number) {
  if (!segments_.empty() && segments_.back()->first <= number) return std::prev(segments_.end());
  auto after = std::upper_bound(segments_.begin(), segments_.end(), number,
                                [](SequenceNumber n, const auto& segment) { return n < segment->first; });
  return after == segments_.begin() ? segments_.end() : std::prev(after);
}

Segment& FramedLog::segment_for(const topic::ReplayRing& ring, SequenceNumber number, std::size_t bytes_max) {
  // Nearly every reader is at the newest segment, and all but the first find everything framed.
  if (!segments_.empty()) {
    Segment& newest = *segments_.back();
    if (newest.contains(number) && newest.next() == ring.next()) return newest;
  }
  HARK_CHECK(ring.contains(number));
  const auto at = find(number);
  if (at != segments_.end() && (*at)->contains(number)) {
    fill(at, ring, number, bytes_max);
    return **at;
  }
  const std::size_t needed = form_.message_bytes(*ring.at(number));
  const bool alone = needed > own_segment_above;
  if (at != segments_.end() && (*at)->next() == number && !alone && needed <= (*at)->room()) {
    fill(at, ring, number, bytes_max);
    return **at;
  }
  const auto made = make_segment(at, number, needed);
  Segment& segment = **made;
  fill(made, ring, number, bytes_max);
  cache_.added(segment);
  return segment;
}

/// An empty one for `number`, behind the segment `before` (or end(): there is none before).
FramedLog::Segments::iterator FramedLog::make_segment(Segments::iterator before, SequenceNumber number,
                                                      std::size_t needed) {
  std::size_t capacity = segment_bytes_min;
  if (before != segments_.end() && (*before)->next() == number && !(*before)->alone())
    capacity = std::min((*before)->capacity() * 2, segment_bytes_max);
  capacity = needed > own_segment_above ? needed : std::max(capacity, needed);
  auto made = std::make_shared<Segment>(number, capacity, cache_.pinned_);
  made->log = this;
  return segments_.insert(before == segments_.end() ? segments_.begin() : std::next(before), std::move(made));
}

/// Frames on until there are `bytes_max` bytes from `number` on, if that many are there to frame.
void FramedLog::fill(Segments::iterator at, const topic::ReplayRing& ring, SequenceNumber number,
                     std::size_t bytes_max) {
  Segment& segment = **at;
  const std::size_t begin = segment.begin_of(number);
  const std::size_t enough = begin + std::min(bytes_max, segment.capacity());
  if (segment.used >= enough) return;
  const auto after = std::next(at);
  const SequenceNumber stop = after == segments_.end() ? ring.next() : (*after)->first;
  const std::size_t index_before = segment.ends.capacity();
  while (segment.next() < stop && segment.used < enough) {
    const Message& message = *ring.at(segment.next());
    const std::size_t bytes = form_.message_bytes(message);
    if (bytes > segment.room() || (bytes > own_segment_above && segment.used > 0)) break;
    form_.encode_message(message, segment.block->data() + segment.used);
    segment.used += bytes;
    segment.ends.push_back(static_cast<std::uint32_t>(segment.used));
    cache_.counters_.messages_framed.add();
  }
  if (segment.counted > 0 && segment.ends.capacity() != index_before) cache_.recount(segment);
}

void FramedLog::trim_to(SequenceNumber oldest) {
  while (!segments_.empty() && segments_.front()->next() <= oldest) erase(segments_.begin());
}

void FramedLog::clear() {
  while (!segments_.empty()) erase(segments_.begin());
}

void FramedLog::erase(Segments::iterator segment) {
  std::shared_ptr<Segment> gone = std::move(*segment);
  segments_.erase(segment);
  cache_.removed(std::move(gone));
}

void FramedLog::drop(Segment& segment) {
  const auto found = find(segment.first);
  HARK_CHECK(found != segments_.end() && found->get() == &segment);
  erase(found);
}

}  // namespace hark::gateway
