#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hark::protocol::http1 {

/// One field of an answer. Borrowed for the call that takes it.
struct ResponseHeader {
  std::string_view name, value;
};

/// Appends a whole HTTP/1.1 response to `out`: status line, `headers`, `Content-Length`, `Connection`, body.
///
/// `status` is 100 to 599 but 101. 1xx, 204 and 304 bring no body, and say neither its length nor, if 1xx,
/// anything of the connection. `close` says `Connection: close`, else `keep-alive`, which HTTP/1.0 clients
/// want to hear too. `head_only` is the answer to HEAD: the length of the body, without the body.
///
/// `headers` hold none of what is written here: `Connection`, `Content-Length`, `Transfer-Encoding`. A
/// name or value that could end its line early is our mistake and stops the process: who echoes a client's
/// bytes checks them. Allocates only to grow `out`, at most once.
void append_response(std::string& out, int status, std::span<const ResponseHeader> headers,
                     std::string_view body, bool close, bool head_only);

/// Appends the head of a response whose body the caller sends as it is made: in chunks, or else until the
/// connection ends. `status` brings a body; the rest as for append_response().
void append_streaming_head(std::string& out, int status, std::span<const ResponseHeader> headers,
                           bool chunked, bool close);

/// The reason phrase of `status` (RFC 9110, 15); empty when it is not one that hark sends.
std::string_view reason_phrase(int status);

}  // namespace hark::protocol::http1
