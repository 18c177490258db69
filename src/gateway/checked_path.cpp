#include "gateway/checked_path.h"

namespace hark::gateway {

Result<TopicPath> checked_path(const SessionServices& services, bool draining,
                               std::string_view namespace_name, std::string_view topic) {
  if (auto checked = check_namespace_name(namespace_name); !checked) return Failure{checked.error()};
  if (auto checked = check_topic_name(topic); !checked) return Failure{checked.error()};
  if (draining) return fail(ErrorCode::unavailable, "the server is shutting down");
  if (!services.state->find_namespace(namespace_name))
    return fail(ErrorCode::namespace_not_found, std::string(namespace_name));
  return TopicPath(namespace_name, topic);
}

Result<void> checked_subscription(const SessionServices& services) {
  const std::size_t most = services.limits.subscriptions_max;
  if (services.view_counters.subscriptions.value() < most) return {};
  return fail(ErrorCode::subscription_limit, std::to_string(most));
}

}  // namespace hark::gateway
