#pragma once

#include <string_view>

#include "base/instant.h"
#include "gateway/session_services.h"
#include "protocol/sse/event_codec.h"
#include "topic/resume.h"

namespace hark::gateway::http {

/// Where a reader of a topic wants to begin, and how it wants to be told, by its query and `Last-Event-ID`.
struct StreamQuery {
  enum class Form : std::uint8_t { events, list };  ///< SSE, or the long poll

  topic::ResumeRequest resume;
  protocol::sse::EventData data = protocol::sse::EventData::json;
  Duration wait = default_wait;  ///< how long a long poll waits for something to tell

  static constexpr Duration default_wait = 30s, wait_max = 60s;

  /// `begin_with_latest`: what Momento's long poll does when nothing else is said. Unknown parameters are let
  /// be. Errors: invalid_argument, for a parameter that is no number, is too large, comes twice or
  /// contradicts another.
  static Result<StreamQuery> parse(std::string_view query, std::string_view last_event_id, Form form,
                                   bool begin_with_latest);
};

}  // namespace hark::gateway::http
