#pragma once

#include <string>
#include <string_view>

#include "model/error.h"

namespace hark::gateway::http {

inline constexpr std::string_view problem_content_type = "application/problem+json";

/// An error as HTTP says it: the status, and a document that explains it (RFC 9457).
struct Problem {
  int status;
  std::string body;  ///< `type`, `title`, `status`, `code` (hark's own word for it) and `detail`
};

Problem problem_of(const Error& error);
/// What HTTP itself refuses, before hark has a word for it. `detail` is for a person.
Problem problem_of(int status, std::string_view detail);

}  // namespace hark::gateway::http
