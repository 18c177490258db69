#include "control/control_plane.h"

#include <algorithm>

#include "base/check.h"
#include "model/names.h"

namespace hark::control {

using fabric::ControlRequest;

ControlPlane::ControlPlane(const Limits& limits, std::vector<fabric::Link*> links,
                           fabric::ClusterStateRef state)
    : limits_(limits), links_(std::move(links)), state_(std::move(state)), sends_(links_.size()) {
  last_namespace_id_ = std::max(last_namespace_id_, state_->last_namespace_id);
  for (const auto& [name, settings] : state_->namespaces)
    last_namespace_id_ = std::max(last_namespace_id_, settings.id);
}

fabric::ClusterStateRef ControlPlane::initial_state(std::size_t core_count) {
  auto state = std::make_shared<fabric::ClusterState>();
  state->version = 1;
  state->namespaces["default"] = {.id = 1};
  state->owners = std::make_shared<topic::OwnerMap>(1, std::vector<double>(core_count, 1.0));
  return state;
}

void ControlPlane::on_request(topic::CoreId from, ControlRequest request) {
  waiting_.push_back({from, std::move(request), {}});
  next();
}

void ControlPlane::change_owners(std::vector<double> weights) {
  waiting_.push_back({0, {}, std::move(weights)});
  next();
}

void ControlPlane::next() {
  while (awaited_ == 0 && !waiting_.empty()) {
    under_way_ = std::move(waiting_.front());
    waiting_.pop_front();
    if (!carry_out(under_way_)) continue;
    awaited_ = links_.size();
    for (topic::CoreId core = 0; core < links_.size(); ++core) send(core, fabric::StateUpdate{state_});
  }
}

/// Makes the next state. False: refused, and the asker was told.
bool ControlPlane::carry_out(const Change& change) {
  auto state = std::make_shared<fabric::ClusterState>(*state_);
  ++state->version;
  if (!change.weights.empty()) {
    HARK_CHECK(change.weights.size() == links_.size());
    state->owners = std::make_shared<topic::OwnerMap>(state->version, change.weights);
  } else if (auto changed = change_namespaces(*state, change.request); !changed) {
    answer(change, changed.error());
    return false;
  }
  state_ = std::move(state);
  return true;
}

Result<void> ControlPlane::change_namespaces(fabric::ClusterState& state, const ControlRequest& request) {
  const std::string& name = request.namespace_name;
  switch (request.verb) {
    case ControlRequest::Verb::create_namespace:
      if (state.find_namespace(name)) return fail(ErrorCode::namespace_exists, name);
      if (state.namespaces.size() >= limits_.namespaces_max)
        return fail(ErrorCode::memory_limit, "there are too many namespaces");
      state.namespaces[name] = {.id = ++last_namespace_id_};
      state.last_namespace_id = last_namespace_id_;
      return {};
    case ControlRequest::Verb::delete_namespace:
      if (state.namespaces.erase(name) == 0) return fail(ErrorCode::namespace_not_found, name);
      return {};
  }
  HARK_UNREACHABLE();
}

void ControlPlane::on_applied(const fabric::StateApplied& applied) {
  HARK_CHECK(awaited_ > 0 && applied.version == state_->version);
  if (--awaited_ > 0) return;
  if (under_way_.weights.empty()) answer(under_way_, std::nullopt);
  next();
}

void ControlPlane::answer(const Change& change, std::optional<Error> error) {
  send(change.from, fabric::ControlAnswer{change.request.ticket, std::move(error)});
}

void ControlPlane::send(topic::CoreId to, fabric::Parcel parcel) {
  sends_[to].push_back(std::move(parcel));
  pump();
}

void ControlPlane::pump() {
  for (topic::CoreId core = 0; core < links_.size(); ++core) {
    for (auto& waiting = sends_[core]; !waiting.empty() && links_[core]->has_room(1); waiting.pop_front())
      links_[core]->send(std::move(waiting.front()));
  }
}

bool ControlPlane::has_backlog() const {
  return std::any_of(sends_.begin(), sends_.end(), [](const auto& waiting) { return !waiting.empty(); });
}

}  // namespace hark::control
