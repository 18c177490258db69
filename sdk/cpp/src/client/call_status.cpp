#include "client/call_status.h"

#include <charconv>

namespace hark::client {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// gRPC over HTTP/2, "Percent-Encoded"; what is not an escape stays as it is. One line, whatever was sent.
std::string decoded_message(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return out;
}

struct Row {
  Code code;
  Outcome outcome;
};

/// gRPC's status codes in our words. hark answers `unavailable`, and all that it refuses, before it has
/// accepted anything; the others may come after it has.
Row row_of(std::uint64_t grpc_status) {
  using enum Code;
  using enum Outcome;
  switch (grpc_status) {
    case 1: return {cancelled, unknown};
    case 3: return {invalid_argument, definite_no};
    case 4: return {deadline_exceeded, unknown};
    case 5: return {not_found, definite_no};
    case 6: return {already_exists, definite_no};
    case 7: return {permission_denied, definite_no};
    case 8: return {resource_exhausted, definite_no};
    case 9:
    case 11: return {invalid_argument, definite_no};  // failed precondition, out of range
    case 12: return {unimplemented, definite_no};
    case 14: return {unavailable, definite_no};
    case 16: return {unauthenticated, definite_no};
    default: return {internal, unknown};
  }
}

}  // namespace

std::string_view Fields::get(std::string_view name) const {
  for (const auto& [key, value] : list)
    if (key == name) return value;
  return {};
}

std::uint64_t Fields::number(std::string_view name) const {
  const std::string_view text = get(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

CallStatus status_of(const Fields& head, const Fields& trailers) {
  const Fields& last = head.get("grpc-status").empty() ? trailers : head;
  const std::string_view status = last.get("grpc-status");
  if (status.empty()) {
    const std::string_view http = head.get(":status");
    return {false,
            {Code::internal, "the answer is not gRPC's (HTTP status " + std::string(http) + ")",
             Outcome::unknown}};
  }
  if (status == "0") return {true, {}};
  // What is no number is 0 here, which row_of() does not know either.
  const Row row = row_of(last.number("grpc-status"));
  std::string message = decoded_message(last.get("grpc-message"));
  if (message.empty()) message = std::string("the server answered ") + to_string(row.code);
  return {false, {row.code, std::move(message), row.outcome}};
}

Error error_of_broken_stream(bool sent, bool refused, std::string why) {
  const bool may_have_happened = sent && !refused;
  return {Code::unavailable, std::move(why), may_have_happened ? Outcome::unknown : Outcome::definite_no};
}

bool ends_subscription(Code code) {
  switch (code) {
    case Code::invalid_argument:
    case Code::unauthenticated:
    case Code::permission_denied:
    case Code::not_found:
    case Code::already_exists:
    case Code::unimplemented:
    case Code::queue_full:
    case Code::misuse: return true;
    case Code::resource_exhausted:
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::cancelled:  // by the server or something between
    case Code::internal: return false;
  }
  return true;
}

const char* to_string(Code code) {
  switch (code) {
    case Code::invalid_argument: return "invalid_argument";
    case Code::unauthenticated: return "unauthenticated";
    case Code::permission_denied: return "permission_denied";
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::resource_exhausted: return "resource_exhausted";
    case Code::unavailable: return "unavailable";
    case Code::deadline_exceeded: return "deadline_exceeded";
    case Code::cancelled: return "cancelled";
    case Code::unimplemented: return "unimplemented";
    case Code::internal: return "internal";
    case Code::queue_full: return "queue_full";
    case Code::misuse: return "misuse";
  }
  return "unknown";
}

}  // namespace hark::client
