#include "protocol/http1/response_encoder.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "protocol/http1/grammar.h"
#include "protocol/http1/request_head.h"

namespace hark::protocol::http1 {
namespace {

constexpr std::string_view line_end = "\r\n";

/// A number in decimal digits, without an allocation.
class Digits {
 public:
  explicit Digits(std::size_t number) : end_(std::to_chars(digits_, digits_ + sizeof digits_, number).ptr) {}
  std::string_view text() const { return {digits_, static_cast<std::size_t>(end_ - digits_)}; }

 private:
  char digits_[20];
  char* end_;
};

bool is_ours(std::string_view name) {
  return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "content-length") ||
         equals_ignoring_case(name, "transfer-encoding");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(line_end);
}

/// The status line and `headers`, with room for `body_bytes` behind them.
void begin_head(std::string& out, int status, std::span<const ResponseHeader> headers,
                std::size_t body_bytes) {
  std::size_t size = 128 + body_bytes;  // 128: the status line and our own fields
  for (const ResponseHeader& header : headers) {
    HARK_CHECK_MSG(is_token(header.name) && !is_ours(header.name), "header of an answer");
    HARK_CHECK_MSG(std::all_of(header.value.begin(), header.value.end(), is_value_byte),
                   "value of an answer's header");
    size += header.name.size() + header.value.size() + 4;
  }
  out.reserve(out.size() + size);
  // RFC 9112, 4: the space stands there even when no phrase follows.
  out.append("HTTP/1.1 ").append(Digits(static_cast<std::size_t>(status)).text()).append(" ");
  out.append(reason_phrase(status)).append(line_end);
  for (const ResponseHeader& header : headers) append_field(out, header.name, header.value);
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return {};
  }
}

void append_response(std::string& out, int status, std::span<const ResponseHeader> headers,
                     std::string_view body, bool close, bool head_only) {
  // 101 hands the connection over: there is no such thing as a whole answer of it.
  HARK_CHECK(status >= 100 && status <= 599 && status != 101);
  const bool interim = status < 200;
  const bool bodyless = interim || status == 204 || status == 304;
  HARK_CHECK(body.empty() || !bodyless);
  begin_head(out, status, headers, body.size());
  if (!bodyless) append_field(out, "Content-Length", Digits(body.size()).text());
  if (!interim) append_field(out, "Connection", close ? "close" : "keep-alive");
  out.append(line_end);
  if (!head_only) out.append(body);
}

void append_streaming_head(std::string& out, int status, std::span<const ResponseHeader> headers,
                           bool chunked, bool close) {
  HARK_CHECK(status >= 200 && status <= 599 && status != 204 && status != 304 && (chunked || close));
  begin_head(out, status, headers, 0);
  if (chunked) append_field(out, "Transfer-Encoding", "chunked");
  append_field(out, "Connection", close ? "close" : "keep-alive");
  out.append(line_end);
}

}  // namespace hark::protocol::http1
