#include "protocol/grpc/status.h"

#include <algorithm>

#include "base/check.h"

namespace hark::protocol::grpc {
namespace {

struct Row {
  StatusCode code;
  std::string_view err;
  std::string_view text;
  std::string_view before_limit = {};  // around a limit given as the context
  std::string_view after_limit = {};
};

constexpr Row row_of(ErrorCode code) {
  using enum StatusCode;
  switch (code) {
    case ErrorCode::invalid_argument: return {invalid_argument, "", "Invalid argument"};
    case ErrorCode::unauthenticated: return {unauthenticated, "unauthenticated", "Not authenticated"};
    case ErrorCode::permission_denied: return {permission_denied, "permission_denied", "Permission denied"};
    case ErrorCode::namespace_not_found: return {not_found, "cache_not_found", "Namespace not found"};
    case ErrorCode::namespace_exists: return {already_exists, "", "Namespace already exists"};
    case ErrorCode::message_too_large:
      return {resource_exhausted, "request_size_limit_exceeded", "Message exceeds request limit", " of ",
              " bytes"};
    case ErrorCode::subscription_limit:
      return {resource_exhausted, "topic_subscriptions_limit_exceeded", "Too many subscribers",
              " (limit: ", ")"};
    case ErrorCode::rate_limit:
      return {resource_exhausted, "operations_rate_limit_exceeded", "Too many operations per second",
              " (limit: ", ")"};
    case ErrorCode::memory_limit:  // of the words that clients know, this one fits best
      return {resource_exhausted, "throughput_rate_limit_exceeded", "Exceeded throughput limit"};
    case ErrorCode::unavailable: return {unavailable, "", "Unavailable, try again"};
    case ErrorCode::deadline_exceeded: return {deadline_exceeded, "", "Deadline exceeded"};
    case ErrorCode::cancelled: return {cancelled, "", "Cancelled"};
    case ErrorCode::unimplemented: return {unimplemented, "", "Not implemented"};
    case ErrorCode::internal: return {internal, "", "Internal error"};
  }
  HARK_UNREACHABLE();
}

// ASCII only: nothing here depends on a locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Words by which some SDK takes one error for another, wherever in the text they stand.
bool misleads(std::string_view context) {
  static constexpr std::string_view words[] = {
      "subscribe",    "operations",      "throughput",  "request limit",       "item size",
      "element size", "store with name", "abortsignal", "cancelled on client", "h2 protocol error"};
  std::string text(context);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

void cut(std::string& text, std::size_t size) {
  if (text.size() <= size) return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;  // within UTF-8
  text.resize(size);
}

}  // namespace

Status status_of(const Error& error) {
  const Row row = row_of(error.code);
  Status status{row.code, row.err, std::string(row.text)};
  const std::string& context = error.context;
  if (context.empty()) return status;
  if (!row.before_limit.empty() && std::all_of(context.begin(), context.end(), is_digit)) {
    status.message.append(row.before_limit).append(context).append(row.after_limit);
  } else if (!misleads(context)) {
    status.message.append(": ").append(context);
  }
  cut(status.message, status_message_bytes_max);
  return status;
}

std::string percent_encode(std::string_view message) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e && c != '%') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return encoded;
}

Result<Duration> parse_timeout(std::string_view text) {
  auto bad = [] { return fail(ErrorCode::invalid_argument, "grpc-timeout is not 1 to 8 digits and a unit"); };
  if (text.size() < 2 || text.size() > 9) return bad();
  std::int64_t count = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!is_digit(c)) return bad();
    count = count * 10 + (c - '0');
  }
  Duration unit{};
  switch (text.back()) {
    case 'H': unit = 1h; break;
    case 'M': unit = 1min; break;
    case 'S': unit = 1s; break;
    case 'm': unit = 1ms; break;
    case 'u': unit = 1us; break;
    case 'n': unit = 1ns; break;
    default: return bad();
  }
  return count > timeout_max / unit ? timeout_max : unit * count;
}

}  // namespace hark::protocol::grpc
