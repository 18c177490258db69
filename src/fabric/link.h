#pragma once

#include <cstddef>

#include "fabric/parcel.h"
#include "model/limits.h"

namespace hark::fabric {

/// The way of parcels from this core to one core (itself included), first in, first out, none lost.
/// Bounded: without room nothing is taken, and the sender keeps its place instead.
/// The forms: a mailbox in this process; later another node. Core: the sender's.
class Link {
 public:
  virtual ~Link() = default;
  /// Whether at least `count` more parcels fit now.
  virtual bool has_room(std::size_t count) = 0;
  /// Takes `parcel`. Requires has_room(1).
  virtual void send(Parcel parcel) = 0;
};

/// Slots of a link that deliveries, registrations and transfers leave free, so that publishes one way,
/// answers to those of the other way (each as many as there are credits) and control never find it full.
inline std::size_t bulk_reserve(const Limits& limits) { return 2 * limits.publish_credits + 64; }

}  // namespace hark::fabric
