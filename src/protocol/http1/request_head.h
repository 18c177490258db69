#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hark::protocol::http1 {

struct Field {
  std::string_view name;   ///< as the client wrote it: compare without regard to case
  std::string_view value;  ///< without the white space around it
};

enum class BodyFraming : std::uint8_t {
  none,     ///< no body, or Content-Length: 0
  length,   ///< `content_length` bytes
  chunked,  ///< RFC 9112, 7.1
};

/// A request's line and fields. The views point into the decoder that gave it.
struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< "/path?query", "*", or "http://host/path" (RFC 9112, 3.2)
  unsigned version_minor = 1;  ///< HTTP/1.0 or HTTP/1.1
  std::vector<Field> fields;
  BodyFraming framing = BodyFraming::none;
  std::uint64_t content_length = 0;
  bool keep_alive = true;        ///< whether the client lets the connection live on
  bool expects_continue = false; ///< waits for "100 Continue" before it sends the body

  /// The target's path, without authority and query. Not percent-decoded.
  std::string_view path() const;
  std::string_view query() const;  ///< what follows the first '?'; empty when there is none
  /// The value of the first field `name` (lower case); empty when there is none.
  std::string_view get(std::string_view name) const;
  /// Whether a field `name` (lower case), a comma-separated list, has `token` (lower case) in it.
  bool has_token(std::string_view name, std::string_view token) const;
};

/// Whether `text` is `lower`, an ASCII text in lower case, but for case.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

/// Why a request is refused. The connection says so and closes: where the next request would begin
/// cannot be known (RFC 9112, 11.2).
struct RequestError {
  int status = 0;  ///< 400, 413, 414, 431 or 505; 0: no error
  const char* reason = "";
};

/// Reads a whole head: its lines, with CRLF after each, without the empty line at the end. The lines
/// have been through HeadScanner: CRLF only, no control bytes, no folding. Fills `head` with views into
/// `text`; on an error what is in it means nothing.
RequestError parse_request_head(std::string_view text, std::size_t fields_max, RequestHead& head);

}  // namespace hark::protocol::http1
