#pragma once

#include <memory>
#include <vector>

#include "fabric/link.h"
#include "runtime/spsc_ring.h"

namespace hark::runtime {
class Wake;
}

namespace hark::fabric::local {

using Mailbox = runtime::SpscRing<Parcel>;

/// The fabric of one process: a bounded mailbox from each core to each core, itself included, so that
/// one core behaves like many. Receivers are woken once a turn (notify_all), not once a parcel.
class Mailboxes {
 public:
  /// `slots`: of each mailbox, a power of two. `wakes`: by core, or empty when somebody else sees to
  /// it that each core takes its turns (the simulation). They must outlive this.
  Mailboxes(std::size_t cores, std::size_t slots, std::vector<runtime::Wake*> wakes);
  ~Mailboxes();

  /// The ways from core `from` to each core. Used by that core's thread only.
  std::vector<Link*> links_from(CoreId from);
  /// What core `from` sent to core `to`. Used by the receiver's thread only.
  Mailbox& inbox(CoreId to, CoreId from);
  /// Wakes the cores that `from` sent something to since the last call.
  void notify_all(CoreId from);

 private:
  class MailboxLink;
  std::size_t cores_;
  std::vector<std::unique_ptr<MailboxLink>> links_;  // [from * cores + to]
  std::vector<runtime::Wake*> wakes_;
};

}  // namespace hark::fabric::local
