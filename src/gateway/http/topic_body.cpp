#include "gateway/http/topic_body.h"

#include <algorithm>

#include "gateway/checked_path.h"

namespace hark::gateway::http {

TopicBody::TopicBody(SessionServices& services, Listener& listener, const WireForm& form,
                     const StreamQuery& query)
    : services_(services),
      listener_(listener),
      subscription_(form, static_cast<Subscriber&>(*this), query.resume, services.cache) {}

TopicBody::~TopicBody() { services_.views.unsubscribe(subscription_, listener_.now()); }

Result<void> TopicBody::begin(const TopicPath& path) {
  if (auto room = checked_subscription(services_); !room) return room;
  services_.views.subscribe(path, subscription_);
  return {};
}

void TopicBody::set_own(std::string bytes) {
  own_ = std::move(bytes);
  own_at_ = 0;
}

bool TopicBody::give_own(std::size_t bytes_max, Slices& out) {
  if (own_at_ == own_.size()) {
    std::string().swap(own_);  // an idle stream keeps nothing
    own_at_ = 0;
    return false;
  }
  const std::size_t room = out.full() ? 0 : bytes_max - std::min(bytes_max, out.bytes());
  const std::size_t given = std::min(own_.size() - own_at_, room);
  if (given > 0) out.add_fleeting(as_byte_span(own_).subspan(own_at_, given));
  own_at_ += given;
  return own_at_ < own_.size();
}

}  // namespace hark::gateway::http
