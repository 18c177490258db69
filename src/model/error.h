#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hark {

/// What went wrong, in hark's own words. Each transport says it in its own by one table.
enum class ErrorCode : std::uint8_t {
  invalid_argument,     ///< a bad name, position, value or setting
  unauthenticated,      ///< no token, or not a valid one
  permission_denied,    ///< a valid token without the right
  namespace_not_found,
  namespace_exists,
  message_too_large,    ///< the payload is above the namespace's limit
  subscription_limit,   ///< too many subscriptions
  rate_limit,           ///< too many operations
  memory_limit,         ///< the core's memory budget is used up; try again later
  unavailable,          ///< draining or not the owner; try again
  deadline_exceeded,    ///< no answer in time: the outcome is unknown
  cancelled,
  unimplemented,
  internal,             ///< our bug
};

/// An error: the code, and a short context for a person.
struct Error {
  ErrorCode code;
  std::string context;
};

template <typename T>
using Result = BasicResult<T, Error>;

inline Failure<Error> fail(ErrorCode code, std::string context) {
  return Failure{Error{code, std::move(context)}};
}

const char* to_string(ErrorCode code);

}  // namespace hark
