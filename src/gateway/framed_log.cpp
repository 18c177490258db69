#include "gateway/framed_log.h"

#include <algorithm>

#include "base/check.h"

namespace hark::gateway {

// --- FramedCache -----------------------------------------------------------------------------------

void FramedCache::added(Segment& segment) {
  recent_.push_back(segment);
  segment.used_at_sweep = sweep_;
  counters_.bytes.add(segment.capacity());
  // The newest stays, so that whoever asked for it can read it.
  while (counters_.bytes.value() > bytes_max_ && &recent_.front() != &segment)
    recent_.front().log->drop(recent_.front());
}

void FramedCache::used(Segment& segment) {
  if (segment.used_at_sweep == sweep_ || &recent_.back() == &segment) return;
  segment.used_at_sweep = sweep_;
  recent_.splice(recent_.end(), recent_, recent_.iterator_to(segment));
}

void FramedCache::removed(std::shared_ptr<Segment> segment) {
  recent_.erase(recent_.iterator_to(*segment));
  counters_.bytes.subtract(segment->capacity());
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
  if (segment.ends.size() == 1 && !slice.rest.empty() && segment.used > own_segment_above)
    slice.segment = *find(number);
  return slice;
}

FramedLog::Segments::iterator FramedLog::find(SequenceNumber number) {
  // Nearly every reader is at the newest segment.
  if (!segments_.empty() && segments_.back()->first <= number) return std::prev(segments_.end());
  auto after = std::upper_bound(segments_.begin(), segments_.end(), number,
                                [](SequenceNumber n, const auto& segment) { return n < segment->first; });
  return after == segments_.begin() ? segments_.end() : std::prev(after);
}

Segment& FramedLog::segment_for(const topic::ReplayRing& ring, SequenceNumber number,
                                std::size_t bytes_max) {
  HARK_CHECK(ring.contains(number));
  const auto at = find(number);
  const auto next = at == segments_.end() ? segments_.begin() : std::next(at);
  const SequenceNumber stop = next == segments_.end() ? ring.next() : (*next)->first;
  const std::size_t needed = form_.message_bytes(*ring.at(number));
  std::size_t capacity = segment_bytes_min;
  if (at != segments_.end()) {
    Segment& segment = **at;
    if (segment.contains(number)) {
      fill(segment, ring, stop, bytes_max);
      return segment;
    }
    if (segment.next() == number && needed <= segment.room() && needed <= own_segment_above) {
      fill(segment, ring, stop, bytes_max);
      return segment;
    }
    if (segment.next() == number && segment.capacity() <= segment_bytes_max)
      capacity = std::min(segment.capacity() * 2, segment_bytes_max);
  }
  capacity = needed > own_segment_above ? needed : std::max(capacity, needed);
  auto made = std::make_shared<Segment>(number, capacity, cache_.pinned_);
  made->log = this;
  Segment& segment = **segments_.insert(next, std::move(made));
  fill(segment, ring, stop, bytes_max);
  cache_.added(segment);
  return segment;
}

void FramedLog::fill(Segment& segment, const topic::ReplayRing& ring, SequenceNumber stop,
                     std::size_t bytes_max) {
  const std::size_t enough = segment.used + std::max(bytes_max, segment_bytes_max / 4);
  while (segment.next() < stop && segment.used < enough) {
    const Message& message = *ring.at(segment.next());
    const std::size_t bytes = form_.message_bytes(message);
    const bool alone = bytes > own_segment_above;
    if (bytes > segment.room() || (alone && segment.used > 0)) return;
    form_.encode_message(message, segment.block->data() + segment.used);
    segment.used += bytes;
    segment.ends.push_back(static_cast<std::uint32_t>(segment.used));
    cache_.counters_.messages_framed.add();
    if (alone) return;
  }
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
