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
      return lane->second.held.size() < held_a_lane_max;
  }
  return credits_used_[owner_of(path.hash())] < limits_.publish_credits;
}

void Publisher::publish(TopicPath path, MessageDraft draft, PublishOrigin origin, Instant now) {
  if (!lanes_.empty()) {
    if (const auto lane = lanes_.find(path.hash()); lane != lanes_.end()) {
      ++held_count_;
      lane->second.held.push_back({std::move(path), std::move(draft), origin, now});
      return;
    }
  }
  const RequestId id = requests_.insert({origin, 0, path.hash(), false});
  deadlines_.emplace_back(now + limits_.publish_deadline, id);
  send(id, std::move(path), std::move(draft));
}

void Publisher::send(RequestId id, TopicPath path, MessageDraft draft) {
  Request& request = *requests_.find(id);
  request.owner = owner_of(path.hash());
  ++credits_used_[request.owner];
  counters_.sent.add();
  counters_.under_way.set(requests_.size());
  links_[request.owner]->send(Publish{id, state_->version, std::move(path), std::move(draft)});
}

void Publisher::on_answer(PublishAnswer answer) {
  Request* request = requests_.find(answer.request);
  HARK_CHECK(request != nullptr);
  --credits_used_[request->owner];
  ++answers_;
  if (!lanes_.empty()) {
    if (const auto lane = lanes_.find(request->path_hash); lane != lanes_.end())
      --lane->second.outstanding;
  }
  switch (answer.outcome) {
    case PublishAnswer::Outcome::committed:
      finish(answer.request, answer.position);
      break;
    case PublishAnswer::Outcome::refused:
      finish(answer.request, fail(answer.error, to_string(answer.error)));
      break;
    case PublishAnswer::Outcome::moved:
      returned(*request, std::move(answer));
      break;
  }
  if (!lanes_.empty()) advance_lanes();
}

void Publisher::finish(RequestId id, const Result<Position>& result) {
  const Request request = requests_.take(id);
  counters_.under_way.set(requests_.size());
  if (!request.told) listener_.on_published(request.origin, result);
}

Publisher::Lane& Publisher::open_lane(std::uint64_t path_hash) {
  const auto [lane, fresh] = lanes_.try_emplace(path_hash);
  if (fresh) {
    requests_.for_each([&](RequestId, const Request& request) {
      if (request.path_hash == path_hash) ++lane->second.outstanding;
    });
  }
  return lane->second;
}

void Publisher::returned(Request& request, PublishAnswer answer) {
  const bool fresh = !lanes_.contains(request.path_hash);
  Lane& lane = open_lane(request.path_hash);
  if (fresh) --lane.outstanding;  // the scan counted this one, which has just come back
  lane.state_version = std::max(lane.state_version, answer.state_version);
  lane.returned.push_back(std::move(*answer.returned));
  counters_.resent.add();
}

void Publisher::apply(ClusterStateRef state) {
  const ClusterStateRef before = std::exchange(state_, std::move(state));
  if (before->owners != state_->owners) {
    requests_.for_each([&](RequestId, const Request& request) {
      if (owner_of(request.path_hash) != request.owner) open_lane(request.path_hash);
    });
  }
  advance_lanes();
}

void Publisher::advance_lanes() {
  boost::unordered::erase_if(lanes_, [&](auto& lane) { return advance(lane.second); });
}

bool Publisher::advance(Lane& lane) {
  if (lane.outstanding > 0 || lane.state_version > state_->version) return false;
  const auto has_credit = [&](const TopicPath& path) {
    return credits_used_[owner_of(path.hash())] < limits_.publish_credits;
  };
  while (!lane.returned.empty() && has_credit(lane.returned.front().path)) {
    Publish again = std::move(lane.returned.front());
    lane.returned.pop_front();
    ++lane.outstanding;
    send(again.request, std::move(again.path), std::move(again.draft));
  }
  if (!lane.returned.empty()) return false;
  while (!lane.held.empty() && has_credit(lane.held.front().path)) {
    Held next = std::move(lane.held.front());
    lane.held.pop_front();
    --held_count_;
    const RequestId id = requests_.insert({next.origin, 0, next.path.hash(), false});
    // The deadline counts from when the client asked; the order of the queue may suffer a little.
    deadlines_.emplace_back(next.since + limits_.publish_deadline, id);
    ++lane.outstanding;
    send(id, std::move(next.path), std::move(next.draft));
  }
  // With nothing held back any more, newer ones may follow directly: the links keep the order.
  return lane.held.empty();
}

void Publisher::tick(Instant now) {
  while (!deadlines_.empty()) {
    const auto [deadline, id] = deadlines_.front();
    Request* request = requests_.find(id);
    if (request && deadline > now) break;
    deadlines_.pop_front();
    if (!request || request->told) continue;
    request->told = true;
    counters_.timed_out.add();
    listener_.on_published(request->origin,
                           fail(ErrorCode::deadline_exceeded, "no answer in time: outcome unknown"));
  }
}

}  // namespace hark::fabric
