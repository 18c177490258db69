#include "model/error.h"

namespace hark {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::permission_denied: return "permission_denied";
    case ErrorCode::namespace_not_found: return "namespace_not_found";
    case ErrorCode::namespace_exists: return "namespace_exists";
    case ErrorCode::message_too_large: return "message_too_large";
    case ErrorCode::subscription_limit: return "subscription_limit";
    case ErrorCode::rate_limit: return "rate_limit";
    case ErrorCode::memory_limit: return "memory_limit";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::deadline_exceeded: return "deadline_exceeded";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::unimplemented: return "unimplemented";
    case ErrorCode::internal: return "internal";
  }
  HARK_UNREACHABLE();
}

}  // namespace hark
