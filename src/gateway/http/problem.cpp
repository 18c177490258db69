#include "gateway/http/problem.h"

#include "base/check.h"
#include "base/utf8.h"
#include "protocol/http1/response_encoder.h"
#include "protocol/json/text.h"

namespace hark::gateway::http {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return 400;
    case ErrorCode::unauthenticated: return 401;
    case ErrorCode::permission_denied: return 403;
    case ErrorCode::namespace_not_found: return 404;
    case ErrorCode::namespace_exists: return 409;
    case ErrorCode::message_too_large: return 413;
    case ErrorCode::subscription_limit:
    case ErrorCode::rate_limit:
    case ErrorCode::memory_limit: return 429;
    case ErrorCode::cancelled:
    case ErrorCode::internal: return 500;
    case ErrorCode::unimplemented: return 501;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::deadline_exceeded: return 504;
  }
  HARK_UNREACHABLE();
}

/// What is no UTF-8 is not said at all: a client may have put it there.
void append_quoted(std::string& out, std::string_view text) {
  protocol::json::append_quoted(is_utf8(text) ? text : std::string_view(), out);
}

Problem make(int status, std::string_view code, std::string_view detail) {
  std::string body = "{\"type\":\"about:blank\",\"title\":";
  append_quoted(body, protocol::http1::reason_phrase(status));
  body.append(",\"status\":").append(std::to_string(status));
  if (!code.empty()) {
    body += ",\"code\":";
    append_quoted(body, code);
  }
  body += ",\"detail\":";
  append_quoted(body, detail);
  body += "}\n";
  return {status, std::move(body)};
}

}  // namespace

Problem problem_of(const Error& error) {
  return make(status_of(error.code), to_string(error.code), error.context);
}

Problem problem_of(int status, std::string_view detail) { return make(status, {}, detail); }

}  // namespace hark::gateway::http
