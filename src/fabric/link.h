#pragma once

#include <cstddef>

#include "fabric/parcel.h"

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

/// Room of a link: answers and control never find it full, because bulk leaves this much.
struct LinkReserve {
  std::size_t bulk;  ///< slots that deliveries, registrations and transfers leave free
};

}  // namespace hark::fabric
