#include "fabric/forgotten_topics.h"

namespace hark::fabric {

void ForgottenTopics::remember(const ForgottenTopic& topic) {
  const std::uint64_t serial = next_serial_++;
  records_.insert_or_assign(topic.path_hash, Record{topic.namespace_id, topic.page, topic.next, serial});
  order_.push_back({topic.path_hash, serial});
  shrink();
  // Topics that come and go leave void entries behind; all go at once, so that each costs O(1).
  if (order_.size() > 2 * records_.size() + 64)
    std::erase_if(order_, [&](const Entry& entry) { return !is_current(entry); });
}

std::optional<ForgottenTopic> ForgottenTopics::recall(std::uint64_t path_hash) {
  const auto found = records_.find(path_hash);
  if (found == records_.end()) return std::nullopt;
  const ForgottenTopic topic = named(path_hash, found->second);
  records_.erase(found);
  return topic;
}

void ForgottenTopics::shrink() {
  while (over_full()) {
    const Entry oldest = order_.front();
    if (is_current(oldest)) {
      if (!pages_.step_past(records_.find(oldest.path_hash)->second.page)) return;
      records_.erase(oldest.path_hash);
    }
    order_.pop_front();
  }
}

bool ForgottenTopics::is_current(const Entry& entry) const {
  const auto found = records_.find(entry.path_hash);
  return found != records_.end() && found->second.serial == entry.serial;
}

}  // namespace hark::fabric
