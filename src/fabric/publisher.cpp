#include "fabric/publisher.h"

namespace hark::fabric {

Publisher::Publisher(const Limits& limits, std::vector<Link*> links, ClusterStateRef state,
                     PublishListener& listener, PublisherCounters& counters)
    : limits_(limits),
      links_(std::move(links)),
      state_(std::move(state)),
      listener_(listener),
      counters_(counters),
      credits_used_(links_.size()) {}

bool Publisher::has_credit(const TopicPath& path) const {
  if (!lanes_.empty()) {
    if (const auto lane = lanes_.find(path.hash()); lane != lanes_.end())
      return lane->second.waiting.size() < waiting_a_lane_max && waiting_count_ < limits_.publish_credits;
  }
  return owner_has_credit(path.hash());
}

void Publisher::publish(TopicPath path, MessageDraft draft, PublishOrigin origin, Instant now) {
  const std::uint64_t path_hash = path.hash();
  const RequestId id = requests_.insert({.origin = origin, .path_hash = path_hash, .serial = next_serial_++});
  counters_.under_way.set(requests_.size());
  await_deadline(id, now + limits_.publish_deadline);
  Publish publish{id, 0, std::move(path), std::move(draft)};
  if (Lane* lane = find_lane(path_hash)) return wait_in(*lane, std::move(publish));
  send(std::move(publish));
}

void Publisher::await_deadline(RequestId id, Instant deadline) {
  // One request without an answer must not keep an entry for each that was answered since.
  if (deadlines_.size() > 2 * requests_.size() + 1024)
    std::erase_if(deadlines_, [&](const auto& entry) { return requests_.find(entry.second) == nullptr; });
  // Nearly always at the end: only who waited for credit has an older one.
  auto at = deadlines_.end();
  while (at != deadlines_.begin() && std::prev(at)->first > deadline) --at;
  deadlines_.emplace(at, deadline, id);
}

void Publisher::send(Publish publish) {
  Request& request = *requests_.find(publish.request);
  request.owner = owner_of(request.path_hash);
  request.sent = true;
  ++credits_used_[request.owner];
  counters_.sent.add();
  publish.state_version = state_->version;
  links_[request.owner]->send(std::move(publish));
}

void Publisher::on_answer(PublishAnswer answer) {
  Request* request = requests_.find(answer.request);
  HARK_CHECK(request != nullptr && request->sent);
  request->sent = false;
  --credits_used_[request->owner];
  ++answers_;
  if (Lane* lane = find_lane(request->path_hash)) --lane->outstanding;
  switch (answer.outcome) {
    case PublishAnswer::Outcome::committed: finish(answer.request, answer.position); break;
    case PublishAnswer::Outcome::refused:
      finish(answer.request, fail(answer.error, to_string(answer.error)));
      break;
    case PublishAnswer::Outcome::moved: returned(std::move(answer)); break;
  }
  advance_lanes();
}

void Publisher::finish(RequestId id, const Result<Position>& result) {
  const Request request = requests_.take(id);
  counters_.under_way.set(requests_.size());
  if (!request.told) listener_.on_published(request.origin, result);
}

Publisher::Lane* Publisher::find_lane(std::uint64_t path_hash) {
  if (lanes_.empty()) return nullptr;
  const auto lane = lanes_.find(path_hash);
  return lane == lanes_.end() ? nullptr : &lane->second;
}

Publisher::Lane& Publisher::open_lane(std::uint64_t path_hash) {
  const auto [lane, fresh] = lanes_.try_emplace(path_hash);
  if (fresh) {
    requests_.for_each([&](RequestId, const Request& request) {
      if (request.path_hash == path_hash && request.sent) ++lane->second.outstanding;
    });
  }
  return lane->second;
}

void Publisher::wait_in(Lane& lane, Publish publish) {
  const std::uint64_t serial = requests_.find(publish.request)->serial;
  lane.waiting.emplace(serial, std::move(publish));
  ++waiting_count_;
}

void Publisher::returned(PublishAnswer answer) {
  const Request& request = *requests_.find(answer.request);
  Lane& lane = open_lane(request.path_hash);
  lane.state_version = std::max(lane.state_version, answer.state_version);
  // The asker has long been told "unknown": it makes that a no, rather than surprise it later.
  if (request.told) return finish(answer.request, fail(ErrorCode::unavailable, {}));
  wait_in(lane, std::move(*answer.returned));
  counters_.resent.add();
}

void Publisher::apply(ClusterStateRef state) {
  const ClusterStateRef before = std::exchange(state_, std::move(state));
  if (before->owners != state_->owners) {
    // All that is under way of a topic without a lane went to one owner, so this counts all or none.
    requests_.for_each([&](RequestId, const Request& request) {
      if (!request.sent || owner_of(request.path_hash) == request.owner) return;
      const auto [lane, fresh] = lanes_.try_emplace(request.path_hash);
      if (fresh) lane->second.counting = true;
      if (lane->second.counting) ++lane->second.outstanding;
    });
    for (auto& [path_hash, lane] : lanes_) lane.counting = false;
  }
  ++answers_;
  advance_lanes();
}

void Publisher::advance_lanes() {
  if (!lanes_.empty()) boost::unordered::erase_if(lanes_, [&](auto& lane) { return advance(lane.second); });
}

bool Publisher::advance(Lane& lane) {
  if (lane.outstanding > 0 || lane.state_version > state_->version) return false;
  while (!lane.waiting.empty() && owner_has_credit(lane.waiting.begin()->second.path.hash())) {
    Publish next = std::move(lane.waiting.extract(lane.waiting.begin()).mapped());
    --waiting_count_;
    ++lane.outstanding;
    send(std::move(next));
  }
  // With nothing held back any more, newer ones may follow directly: the links keep the order.
  return lane.waiting.empty();
}

void Publisher::tick(Instant now) {
  while (!deadlines_.empty()) {
    const auto [deadline, id] = deadlines_.front();
    Request* request = requests_.find(id);
    if (request && deadline > now) break;
    deadlines_.pop_front();
    if (request) expire(id, *request);
  }
}

void Publisher::expire(RequestId id, Request& request) {
  counters_.timed_out.add();
  if (request.sent) {
    request.told = true;
    const PublishOrigin origin = request.origin;  // the listener may publish, and `request` move
    listener_.on_published(origin, fail(ErrorCode::deadline_exceeded, "no answer in time: outcome unknown"));
    return;
  }
  waiting_count_ -= find_lane(request.path_hash)->waiting.erase(request.serial);
  ++answers_;
  finish(id, fail(ErrorCode::unavailable, "the topic was moving for too long; try again"));
}

}  // namespace hark::fabric
