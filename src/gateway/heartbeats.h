#pragma once

#include <boost/intrusive/list.hpp>
#include <optional>

#include "base/instant.h"
#include "model/limits.h"

namespace hark::gateway {

/// Something that beats: one live stream of a connection.
class Beating : public boost::intrusive::list_base_hook<boost::intrusive::tag<struct BeatingTag>> {
 public:
  virtual ~Beating() = default;
  /// A heartbeat is due: note it, so that it leaves with the next write.
  virtual void beat() = 0;

 private:
  friend class Heartbeats;
  const void* connection_ = nullptr;
};

/// The heartbeats of a core, spread evenly over the interval.
///
/// Streams of one connection stand side by side, so that a round costs it one write. The interval is
/// `heartbeat_every`, stretched up to `heartbeat_every_max` so that beats cost at most one hundredth of the
/// core, as estimated from the number of streams and connections. Core: one. Owner: Gateway.
class Heartbeats {
 public:
  Heartbeats(const Limits& limits, Instant now);
  ~Heartbeats() { beating_.clear(); }

  /// From now on `stream` beats. `connection`: whose stream it is, only compared. `sibling`: another stream
  /// of that connection that beats, or null when it is the first.
  void add(Beating& stream, const void* connection, Beating* sibling);
  /// Returns a sibling that still beats, or null.
  Beating* remove(Beating& stream);

  /// Lets those beat that are due. Bounded: at most `beats_a_tick` streams.
  void tick(Instant now);
  /// When tick() is next due; none when nothing beats.
  std::optional<Instant> next() const;
  Duration interval() const;

 private:
  using List = boost::intrusive::list<
      Beating,
      boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<BeatingTag>>>>;
  static constexpr std::size_t beats_a_tick = 1024;
  Beating* sibling_of(Beating& stream);
  void beat_connection(std::size_t& budget);

  const Limits& limits_;
  List beating_;  // streams of one connection stand together
  List::iterator next_ = beating_.end();  // the next to beat; at the end the round begins anew
  std::size_t connections_ = 0;
  double owed_ = 0;  // beats due and not yet given
  Instant last_;
};

}  // namespace hark::gateway
