#include "fabric/topic_table.h"

#include "base/check.h"

namespace hark::fabric {

TopicTable::TopicTable(const Limits& limits, topic::PageSource& pages, Counters& counters)
    : limits_(limits), pages_(pages), counters_(counters), forgotten_(limits.topics_max, pages) {}

TopicTable::~TopicTable() { idle_.clear(); }

OwnedTopic* TopicTable::find(const TopicPath& path) {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : *found;
}

OwnedTopic* TopicTable::find(TopicId id) {
  auto* found = topics_.find(id);
  return found ? found->get() : nullptr;
}

Result<OwnedTopic*> TopicTable::find_or_create(const TopicPath& path, std::uint64_t namespace_id,
                                               std::size_t message_bytes) {
  if (OwnedTopic* found = find(path)) {
    if (!make_room(message_bytes, 0, found))
      return fail(ErrorCode::memory_limit, "no room for another message");
    return found;
  }
  if (!make_room(sizeof(OwnedTopic) + path.text().size() + message_bytes, 1, nullptr))
    return fail(ErrorCode::memory_limit, "no room for another topic");
  return &begin(path, namespace_id);
}

OwnedTopic& TopicTable::begin(const TopicPath& path, std::uint64_t namespace_id) {
  const auto record = forgotten_.recall(path.hash());
  counters_.remembered.set(forgotten_.size());
  // Another namespace's record of that name is void: a greater page begins. Where there is none to be
  // had, its numbers go on, and nobody can take a message for another.
  const bool continues = record && (record->namespace_id == namespace_id || !pages_.step_past(record->page));
  if (continues) return insert(topic::Topic(path, record->page, record->next), namespace_id);
  return insert(topic::Topic(path, pages_.current()), namespace_id);
}

OwnedTopic& TopicTable::adopt(topic::TopicState state, std::uint64_t namespace_id) {
  return insert(topic::Topic(std::move(state)), namespace_id);
}

OwnedTopic& TopicTable::insert(topic::Topic topic, std::uint64_t namespace_id) {
  auto owned = std::make_unique<OwnedTopic>(std::move(topic), namespace_id);
  OwnedTopic& reference = *owned;
  by_path_.insert(owned.get());
  reference.id = topics_.insert(std::move(owned));
  idle_.push_back(reference);
  reference.counted_bytes = memory_of(reference);
  bytes_ += reference.counted_bytes;
  counters_.topics.set(topics_.size());
  counters_.bytes.set(bytes_);
  return reference;
}

std::unique_ptr<OwnedTopic> TopicTable::remove(OwnedTopic& topic) {
  HARK_CHECK(topic.interests.empty());
  if (topic.is_linked()) idle_.erase(idle_.iterator_to(topic));
  by_path_.erase(&topic);
  bytes_ -= topic.counted_bytes;
  auto owned = topics_.take(topic.id);
  counters_.topics.set(topics_.size());
  counters_.bytes.set(bytes_);
  return owned;
}

topic::TopicState TopicTable::release(OwnedTopic& topic) { return remove(topic)->topic.release(); }

void TopicTable::erase(OwnedTopic& topic) {
  if (!pages_.step_past(topic.topic.page())) remember(topic);
  remove(topic);
}

void TopicTable::remember(const OwnedTopic& topic) {
  const topic::Topic& t = topic.topic;
  remember({t.path().hash(), topic.namespace_id, t.page(), t.next()});
}

void TopicTable::remember(const ForgottenTopic& topic) {
  forgotten_.remember(topic);
  counters_.remembered.set(forgotten_.size());
}

void TopicTable::forget(OwnedTopic& topic) {
  // A topic that never had a message has nothing to remember: its next life may begin the same page.
  if (topic.topic.next() > SequenceNumber(1)) remember(topic);
  remove(topic);
  counters_.evicted.add();
}

bool TopicTable::make_room(std::size_t bytes, std::size_t topics, const OwnedTopic* in_use) {
  const auto fits = [&] {
    return bytes_ + bytes <= limits_.topics_bytes_max && topics_.size() + topics <= limits_.topics_max;
  };
  if (fits()) return true;
  forgotten_.shrink();
  counters_.remembered.set(forgotten_.size());
  // Topics that wait for a commit are not forgotten; one round is enough.
  for (std::size_t tries = idle_.size(); !fits() && !forgotten_.over_full() && tries > 0; --tries) {
    OwnedTopic& oldest = idle_.front();
    if (oldest.topic.settled() && &oldest != in_use) {
      forget(oldest);
    } else {
      idle_.splice(idle_.end(), idle_, idle_.begin());
    }
  }
  return fits();
}

bool TopicTable::settle_size(OwnedTopic& topic, Instant now) {
  const SequenceNumber oldest = topic.topic.oldest_within(replay_limits(), now);
  const bool trimmed = oldest > topic.topic.buffer().oldest;
  if (trimmed) {
    for (Interest& interest : topic.interests) interest.keep_next_of(topic.topic, oldest);
    topic.topic.trim_to(oldest);
  }
  const std::size_t bytes = memory_of(topic);
  bytes_ = bytes_ - topic.counted_bytes + bytes;
  topic.counted_bytes = bytes;
  counters_.bytes.set(bytes_);
  return trimmed;
}

bool TopicTable::settle(OwnedTopic& topic, Instant now) {
  if (topic.is_linked()) idle_.splice(idle_.end(), idle_, idle_.iterator_to(topic));
  return settle_size(topic, now);
}

void TopicTable::freeze(OwnedTopic& topic) {
  topic.moving = true;
  interest_changed(topic);
}

void TopicTable::interest_changed(OwnedTopic& topic) {
  const bool idle = topic.interests.empty() && !topic.moving;
  const bool listed = topic.is_linked();
  if (idle && !listed) idle_.push_back(topic);
  if (!idle && listed) idle_.erase(idle_.iterator_to(topic));
}

topic::ReplayLimits TopicTable::replay_limits() const {
  return {limits_.replay_messages_max, limits_.replay_bytes_max, limits_.replay_age_max};
}

}  // namespace hark::fabric
