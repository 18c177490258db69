#include "fabric/forgotten_topics.h"

namespace hark::fabric {

void ForgottenTopics::remember(const ForgottenTopic& topic) {
  records_.insert_or_assign(topic.path_hash, topic);
  order_.push_back(topic.path_hash);
  while (records_.size() > count_max_ || order_.size() > 2 * count_max_ + 1) {
    const auto oldest = records_.find(order_.front());
    if (oldest != records_.end()) {
      if (!pages_.step_past(oldest->second.page)) return;
      records_.erase(oldest);
    }
    order_.pop_front();
  }
}

std::optional<ForgottenTopic> ForgottenTopics::recall(std::uint64_t path_hash) {
  const auto found = records_.find(path_hash);
  if (found == records_.end()) return std::nullopt;
  const ForgottenTopic record = found->second;
  records_.erase(found);
  return record;
}

}  // namespace hark::fabric
