#include "fabric/owner.h"

#include <algorithm>

namespace hark::fabric {

Owner::Owner(CoreId self, const Limits& limits, topic::PageSource& pages, CommitLog& log,
             std::vector<Link*> links, ClusterStateRef state, OwnerCounters& counters)
    : self_(self),
      limits_(limits),
      log_(log),
      links_(std::move(links)),
      state_(std::move(state)),
      counters_(counters),
      table_(limits, pages, counters.table),
      waiting_(links_.size()),
      handoff_(self, bulk_reserve(limits), table_, links_) {}

Owner::~Owner() {
  table_.for_each([&](OwnedTopic& topic) { drop_interests(topic); });
}

Owner::Standing Owner::standing(const TopicPath& path, std::uint64_t state_version) const {
  if (state_version > state_->version) return Standing::wait;
  if (state_->owners->owner_of(path.hash()) != self_) return Standing::others;
  return Standing::ours;
}

void Owner::on_publish(CoreId from, Publish publish, Instant now) {
  now_ = now;
  const Standing where = standing(publish.path, publish.state_version);
  if (where == Standing::wait) return park_for_state(from, std::move(publish));
  if (where == Standing::others) {
    counters_.publishes_moved.add();
    const RequestId request = publish.request;
    return answer(from, {request,
                         PublishAnswer::Outcome::moved,
                         {},
                         {},
                         std::make_unique<Publish>(std::move(publish)),
                         state_->version});
  }
  const std::size_t bytes = publish.draft.payload.block_size() + sizeof(Message);
  OwnedTopic* topic = table_.find(publish.path);
  if (!topic) {
    const auto* settings = state_->find_namespace(publish.path.namespace_name());
    if (!settings) return refuse(from, publish.request, ErrorCode::namespace_not_found);
    const std::uint64_t path_hash = publish.path.hash();
    if (handoff_.expects(path_hash)) return park_for_topic(from, path_hash, std::move(publish));
    const auto created = table_.find_or_create(publish.path, settings->id, bytes);
    if (!created) return refuse(from, publish.request, created.error().code);
    topic = *created;
  } else if (!table_.make_room_in(*topic, bytes)) {  // its namespace is there: apply() saw to that
    return refuse(from, publish.request, ErrorCode::memory_limit);
  }
  const MessageRef message = topic->topic.accept(std::move(publish.draft), now);
  log_.append({topic->id, from, publish.request}, message, *this);
  // What is not yet committed is on the books too: a log that is slow must not let memory grow.
  if (!topic->topic.settled()) table_.settle(*topic, now);
}

void Owner::on_committed(const CommitTicket& ticket, Position position) {
  // A topic that was deleted meanwhile is gone; its publisher hears that the message had been kept.
  if (OwnedTopic* topic = table_.find(ticket.topic)) {
    topic->topic.commit(position.number);
    table_.settle(*topic, now_);
    mark_all_waiting(*topic, false);
  }
  counters_.publishes_committed.add();
  answer(ticket.asker, {ticket.request, PublishAnswer::Outcome::committed, {}, position, nullptr, 0});
}

void Owner::on_register(CoreId from, Register request, Instant now) {
  now_ = now;
  const Standing where = standing(request.path, request.state_version);
  if (where == Standing::wait) return park_for_state(from, std::move(request));
  const auto* settings = state_->find_namespace(request.path.namespace_name());
  // The asker registers anew, or ends its view, when it gets the state that we have already.
  if (where == Standing::others || !settings) return;
  const std::uint64_t path_hash = request.path.hash();
  if (handoff_.expects(path_hash) && !table_.find(request.path))
    return park_for_topic(from, path_hash, std::move(request));
  OwnedTopic& topic = topic_for_reader(request.path, settings->id);
  auto interest = std::make_unique<Interest>();
  interest->topic = &topic;
  interest->core = from;
  interest->view = request.view;
  interest->epoch = request.epoch;
  interest->have = request.have;
  Interest& reference = *interest;
  reference.id = interests_.insert(std::move(interest));
  topic.interests.push_back(reference);
  table_.interest_changed(topic);
  counters_.interests.set(interests_.size());
  mark_waiting(reference);
}

OwnedTopic& Owner::topic_for_reader(const TopicPath& path, std::uint64_t namespace_id) {
  if (OwnedTopic* found = table_.find(path)) return *found;
  // Somebody wants to listen: that must not fail, so the topic comes even over the budget.
  const auto created = table_.find_or_create(path, namespace_id);
  return created ? **created : table_.begin(path, namespace_id);
}

void Owner::on_unregister(InterestId id) {
  auto* found = interests_.find(id);
  if (!found) return;
  OwnedTopic& topic = *(*found)->topic;
  drop_interest(**found);
  table_.interest_changed(topic);
}

void Owner::on_batch_taken(InterestId id) {
  auto* found = interests_.find(id);
  if (!found) return;
  Interest& interest = **found;
  interest.batch_out = false;
  if (interest.trim_due || interest.place <= interest.topic->topic.head()) mark_waiting(interest);
}

void Owner::on_transfer(Transfer transfer, Instant now) {
  counters_.topics_moved_in.add();
  const std::uint64_t path_hash = transfer.topic->path.hash();
  table_.adopt(std::move(*transfer.topic), transfer.namespace_id);
  retry_topic(path_hash, now);
}

void Owner::on_transfer_forgotten(TransferForgotten transfer) {
  for (const ForgottenTopic& topic : transfer.topics) table_.remember(topic);
}

void Owner::on_transfer_done(CoreId from, const TransferDone& done, Instant now) {
  HARK_CHECK(done.state_version >= state_->version);
  handoff_.on_done_from(from, done.state_version);
  retry_all_topics(now);
}

void Owner::apply(ClusterStateRef state, Instant now) {
  const ClusterStateRef before = std::exchange(state_, std::move(state));
  drop_topics_of_deleted_namespaces(*before);
  handoff_.begin(before, state_);
  // The new owner answers the cores that want a topic; they ask it as soon as they have this state.
  if (before->owners != state_->owners) {
    table_.for_each([&](OwnedTopic& topic) {
      if (topic.moving) drop_interests(topic);
    });
  }
  retry(std::exchange(parked_for_state_, {}), now);
}

void Owner::drop_topics_of_deleted_namespaces(const ClusterState& before) {
  const auto is_gone = [&](std::string_view name, std::uint64_t id) {
    const auto* settings = state_->find_namespace(name);
    return !settings || settings->id != id;
  };
  const bool any = std::any_of(before.namespaces.begin(), before.namespaces.end(),
                               [&](const auto& entry) { return is_gone(entry.first, entry.second.id); });
  if (!any) return;  // the table may be large
  std::vector<OwnedTopic*> gone;
  table_.for_each([&](OwnedTopic& topic) {
    if (is_gone(topic.topic.path().namespace_name(), topic.namespace_id)) gone.push_back(&topic);
  });
  for (OwnedTopic* topic : gone) {
    drop_interests(*topic);
    table_.erase(*topic);
  }
}

void Owner::park_for_state(CoreId from, std::variant<Publish, Register> request) {
  counters_.publishes_parked.add();
  parked_for_state_.push_back({from, std::move(request)});
}

void Owner::park_for_topic(CoreId from, std::uint64_t path_hash, std::variant<Publish, Register> request) {
  counters_.publishes_parked.add();
  parked_for_topic_[path_hash].push_back({from, std::move(request)});
}

void Owner::retry(ParkedList parked, Instant now) {
  // What must still wait is parked again, in the same order.
  for (auto& [from, request] : parked) {
    if (auto* publish = std::get_if<Publish>(&request)) {
      on_publish(from, std::move(*publish), now);
    } else {
      on_register(from, std::move(std::get<Register>(request)), now);
    }
  }
}

void Owner::retry_topic(std::uint64_t path_hash, Instant now) {
  const auto found = parked_for_topic_.find(path_hash);
  if (found == parked_for_topic_.end()) return;
  ParkedList parked = std::move(found->second);
  parked_for_topic_.erase(found);
  retry(std::move(parked), now);
}

void Owner::retry_all_topics(Instant now) {
  for (auto& [path_hash, parked] : std::exchange(parked_for_topic_, {})) retry(std::move(parked), now);
}

void Owner::answer(CoreId asker, PublishAnswer answer) { links_[asker]->send(std::move(answer)); }

void Owner::refuse(CoreId asker, RequestId request, ErrorCode error) {
  counters_.publishes_refused.add();
  answer(asker, {request, PublishAnswer::Outcome::refused, error, {}, nullptr, 0});
}

void Owner::drop_interests(OwnedTopic& topic) {
  while (!topic.interests.empty()) drop_interest(topic.interests.front());
  table_.interest_changed(topic);
}

void Owner::drop_interest(Interest& interest) {
  using Waiting = boost::intrusive::list_base_hook<boost::intrusive::tag<WaitingTag>>;
  if (static_cast<Waiting&>(interest).is_linked())
    waiting_[interest.core].erase(waiting_[interest.core].iterator_to(interest));
  interest.topic->interests.erase(interest.topic->interests.iterator_to(interest));
  interests_.take(interest.id);
  counters_.interests.set(interests_.size());
}

void Owner::mark_waiting(Interest& interest) {
  using Waiting = boost::intrusive::list_base_hook<boost::intrusive::tag<WaitingTag>>;
  if (interest.batch_out || static_cast<Waiting&>(interest).is_linked()) return;
  waiting_[interest.core].push_back(interest);
}

void Owner::mark_all_waiting(OwnedTopic& topic, bool trimmed) {
  for (Interest& interest : topic.interests) {
    interest.trim_due |= trimmed;
    mark_waiting(interest);
  }
}

void Owner::pump() {
  counters_.topics_moved_out.add(handoff_.pump());
  for (CoreId core = 0; core < waiting_.size(); ++core) {
    while (!waiting_[core].empty() && links_[core]->has_room(bulk_reserve(limits_) + 1)) {
      Interest& interest = waiting_[core].front();
      waiting_[core].pop_front();
      send_next(interest);
    }
  }
}

bool Owner::has_backlog() const {
  return handoff_.has_backlog() ||
         std::any_of(waiting_.begin(), waiting_.end(), [](const auto& list) { return !list.empty(); });
}

void Owner::send_next(Interest& interest) {
  Link& link = *links_[interest.core];
  if (interest.answer_due) return link.send(interest.answer());
  counters_.batches_sent.add();
  link.send(interest.next_batch(limits_));
}

void Owner::tick(Instant now) {
  now_ = now;
  table_.sweep(now, [&](OwnedTopic& topic) { mark_all_waiting(topic, true); });
}

}  // namespace hark::fabric
