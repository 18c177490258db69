#pragma once

#include <deque>
#include <vector>

#include "base/metrics.h"
#include "fabric/link.h"

namespace hark::control {

/// Decides what is true for all cores: which namespaces there are and which core owns which topics.
///
/// A change is a new snapshot sent to every core; the next change waits until all have carried it out,
/// and only then the asker is answered. Limits: askers bound what waits by control_requests_max each;
/// `namespaces_max`. Core: 0. Owner: that core's engine.
class ControlPlane {
 public:
  /// `links`: from core 0 to each core. `state`: what all cores begin with.
  ControlPlane(const Limits& limits, std::vector<fabric::Link*> links, fabric::ClusterStateRef state);

  void on_request(topic::CoreId from, fabric::ControlRequest request);
  void on_applied(const fabric::StateApplied& applied);
  /// Gives each core a new weight, by its number: topics move. Requires at least one weight above 0.
  void change_owners(std::vector<double> weights);
  /// Whether every change is carried out everywhere.
  bool settled() const { return awaited_ == 0 && waiting_.empty() && !has_backlog(); }
  /// Sends what a full link held back.
  void pump();
  bool has_backlog() const;

  const fabric::ClusterStateRef& state() const { return state_; }

  /// What a process begins with: the namespace `default`, all cores of equal weight.
  static fabric::ClusterStateRef initial_state(std::size_t core_count);

 private:
  struct Change {
    topic::CoreId from = 0;
    fabric::ControlRequest request;
    std::vector<double> weights;  // not empty: a change of owners, nobody is answered
  };

  void next();
  bool carry_out(const Change& change);
  Result<void> change_namespaces(fabric::ClusterState& state, const fabric::ControlRequest& request);
  void answer(const Change& change, std::optional<Error> error);
  void send(topic::CoreId to, fabric::Parcel parcel);

  const Limits& limits_;
  std::vector<fabric::Link*> links_;
  fabric::ClusterStateRef state_;
  std::uint64_t last_namespace_id_ = 1;
  std::deque<Change> waiting_;
  Change under_way_;
  std::size_t awaited_ = 0;  // cores that have not carried out the change under way
  std::vector<std::deque<fabric::Parcel>> sends_;  // by core: for room in its link
};

}  // namespace hark::control
