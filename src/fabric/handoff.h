#pragma once

#include <deque>
#include <vector>

#include "fabric/link.h"
#include "fabric/topic_table.h"

namespace hark::fabric {

/// Moves topics between owners when the owner map changes.
///
/// Each core sends every other core what it had for it under the old map, then TransferDone. Until
/// core X's TransferDone is here, a topic that X owned and that we do not have is still under way.
/// TransferDone goes to the core itself too: behind it comes no publish that went by the old map, so one
/// that a core answers with `moved` is never overtaken when the topic comes back with the map after.
/// A topic leaves when all that it assigned is committed. Core: one. Owner: Owner.
class Handoff {
 public:
  Handoff(CoreId self, std::size_t bulk_reserve, TopicTable& table, std::vector<Link*> links);

  /// Begins the move from `before` to `after`: freezes what leaves. Requires done().
  void begin(ClusterStateRef before, ClusterStateRef after);
  /// Whether everything left and arrived.
  bool done() const;
  /// Whether the topic with this hash, unknown here, may still be under way to here.
  bool expects(std::uint64_t path_hash) const;
  /// May come before begin() of that state: the others do not wait for us.
  void on_done_from(CoreId core, std::uint64_t state_version);
  /// Sends what there is room for. Returns how many topics left.
  std::size_t pump();
  /// Whether pump() was held back by a full link, not by a commit or by another core.
  bool has_backlog() const;

 private:
  struct Peer {
    Link* link;
    std::deque<TopicId> topics;
    std::vector<ForgottenTopic> forgotten;
    bool done_due = false;  ///< TransferDone was not sent yet
    bool awaited = false;   ///< theirs has not come yet
    std::uint64_t done_version = 0;  ///< of the last one that came
  };
  bool send_topic(Peer& peer);
  bool send_forgotten(Peer& peer);

  const CoreId self_;
  const std::size_t bulk_reserve_;
  TopicTable& table_;
  std::vector<Peer> peers_;
  std::shared_ptr<const topic::OwnerMap> before_;
  std::uint64_t state_version_ = 0;
};

}  // namespace hark::fabric
