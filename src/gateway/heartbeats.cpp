#include "gateway/heartbeats.h"

#include <algorithm>

namespace hark::gateway {
namespace {

// As measured on loopback: framing a heartbeat, and the write that a connection's beats share.
constexpr Duration cost_of_stream = 1us;
constexpr Duration cost_of_write = 6us;
constexpr int share = 100;  // beats may cost one part in so many of the core

}  // namespace

Heartbeats::Heartbeats(const Limits& limits, Instant now) : limits_(limits), last_(now) {}

Duration Heartbeats::interval() const {
  const auto streams = static_cast<std::int64_t>(beating_.size());
  const auto connections = static_cast<std::int64_t>(connections_);
  const Duration round = streams * cost_of_stream + connections * cost_of_write;
  return std::clamp(round * share, limits_.heartbeat_every,
                    std::max(limits_.heartbeat_every, limits_.heartbeat_every_max));
}

void Heartbeats::add(Beating& stream, const void* connection, Beating* sibling) {
  stream.connection_ = connection;
  if (sibling) {
    beating_.insert(std::next(beating_.iterator_to(*sibling)), stream);
  } else {
    beating_.push_back(stream);  // never between the streams of another, wherever the round stands
    ++connections_;
  }
}

Beating* Heartbeats::sibling_of(Beating& stream) {
  const auto at = beating_.iterator_to(stream);
  const auto after = std::next(at);
  if (after != beating_.end() && after->connection_ == stream.connection_) return &*after;
  if (at == beating_.begin() || std::prev(at)->connection_ != stream.connection_) return nullptr;
  return &*std::prev(at);
}

Beating* Heartbeats::remove(Beating& stream) {
  Beating* const sibling = sibling_of(stream);
  const auto at = beating_.iterator_to(stream);
  if (next_ == at) ++next_;
  beating_.erase(at);
  if (!sibling) --connections_;
  return sibling;
}

void Heartbeats::tick(Instant now) {
  const auto count = static_cast<double>(beating_.size());
  const std::chrono::duration<double> passed = now - last_, round = interval();
  last_ = now;
  // Neither a stall nor a crowd that left may owe, or save up, more than one round.
  owed_ = std::clamp(owed_ + passed / round * count, -count, count);
  std::size_t budget = beats_a_tick;
  while (owed_ >= 1 && budget > 0 && !beating_.empty()) beat_connection(budget);
}

/// Beats the next stream and those of its connection behind it. beat() may remove streams.
void Heartbeats::beat_connection(std::size_t& budget) {
  if (next_ == beating_.end()) next_ = beating_.begin();
  const void* const connection = next_->connection_;
  while (budget > 0 && next_ != beating_.end() && next_->connection_ == connection) {
    Beating& stream = *next_++;
    stream.beat();
    owed_ -= 1;
    --budget;
  }
}

std::optional<Instant> Heartbeats::next() const {
  if (beating_.empty()) return std::nullopt;
  const std::chrono::duration<double> round = interval();
  const auto wait = round * std::max(0.0, (1 - owed_) / static_cast<double>(beating_.size()));
  return last_ + std::chrono::duration_cast<Duration>(wait);
}

}  // namespace hark::gateway
