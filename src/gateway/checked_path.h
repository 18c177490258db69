#pragma once

#include <string_view>

#include "gateway/session_services.h"

namespace hark::gateway {

/// The path of a topic that a client names, whatever the transport. Errors: invalid_argument (what is wrong
/// with a name), unavailable (the conversation is `draining`), namespace_not_found.
Result<TopicPath> checked_path(const SessionServices& services, bool draining,
                               std::string_view namespace_name, std::string_view topic);

/// Whether this core takes one more subscription. Errors: subscription_limit.
Result<void> checked_subscription(const SessionServices& services);

}  // namespace hark::gateway
