#include "protocol/http1/request_head.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/http1/grammar.h"
#include "protocol/http1/request_target.h"

namespace hark::protocol::http1 {
namespace {

constexpr RequestError ok{};

/// The text up to the next CRLF; `text` goes on behind it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

RequestError parse_version(std::string_view version, RequestHead& head) {
  const bool named = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                     is_digit(version[5]) && is_digit(version[7]);
  if (!named) return {400, "malformed request line"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {505, "HTTP version not supported"};
  head.version_minor = version[7] == '1' ? 1 : 0;
  return ok;
}

RequestError parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return {400, "malformed request line"};
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (!is_token(head.method)) return {400, "malformed method"};
  if (RequestError error = parse_version(line.substr(last + 1), head); error.status != 0) return error;
  if (!is_target(head.method, head.target)) return {400, "malformed request target"};
  return ok;
}

RequestError parse_field(std::string_view line, Field& field) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {400, "header line without a colon"};
  field.name = line.substr(0, colon);
  // RFC 9112, 5.1: white space between name and colon is refused; proxies have differed over it.
  if (!is_token(field.name)) return {400, "malformed header name"};
  field.value = trim(line.substr(colon + 1));
  return ok;
}

RequestError parse_content_length(std::string_view value, std::uint64_t& length) {
  // RFC 9110, 8.6: digits only. No sign, list, hexadecimal or blank, and nothing that overflows. Nor
  // a zero in front, though it is allowed: some readers take it for octal, and no client writes it.
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
  if (!digits || (value[0] == '0' && value.size() > 1)) return {400, "malformed Content-Length"};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{}) return {400, "Content-Length out of range"};
  return ok;
}

/// What the fields say about host, framing and connection, each only once.
class FieldMeaning {
 public:
  explicit FieldMeaning(RequestHead& head) : head_(head) {}

  RequestError note(const Field& field) {
    if (equals_ignoring_case(field.name, "host")) {
      if (std::exchange(host_, true)) return {400, "more than one Host"};
      if (!is_authority(field.value)) return {400, "malformed Host"};
      return check_authority(field.value);
    } else if (equals_ignoring_case(field.name, "content-length")) {
      // RFC 9112, 6.3: equal repetitions may be merged; what a proxy before us makes of them we cannot know.
      if (std::exchange(length_, true)) return {400, "more than one Content-Length"};
      return parse_content_length(field.value, head_.content_length);
    } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
      if (std::exchange(encoding_, true)) return {400, "more than one Transfer-Encoding"};
      if (!equals_ignoring_case(field.value, "chunked")) return {400, "unknown Transfer-Encoding"};
    } else if (equals_ignoring_case(field.name, "expect")) {
      head_.expects_continue = equals_ignoring_case(field.value, "100-continue");
    }
    return ok;
  }

  RequestError conclude() {
    const bool is_1_1 = head_.version_minor == 1;
    if (is_1_1 && !host_) return {400, "no Host"};
    // RFC 9112, 6.1: either of these is an attempt to smuggle, or a peer that cannot frame.
    if (encoding_ && length_) return {400, "both Transfer-Encoding and Content-Length"};
    if (encoding_ && !is_1_1) return {400, "Transfer-Encoding in HTTP/1.0"};
    if (encoding_) head_.framing = BodyFraming::chunked;
    if (head_.content_length > 0) head_.framing = BodyFraming::length;
    head_.keep_alive =
        !head_.has_token("connection", "close") && (is_1_1 || head_.has_token("connection", "keep-alive"));
    if (!is_1_1 || head_.framing == BodyFraming::none) head_.expects_continue = false;
    return ok;
  }

 private:
  // RFC 9112, 3.2.2 has the target's authority win. A client must send both alike, so if they differ
  // somebody in between may go by the other one.
  RequestError check_authority(std::string_view host) const {
    const std::string_view authority = split_target(head_.target).authority;
    if (authority.empty() || same_authority(authority, host)) return ok;
    return {400, "Host differs from the request target"};
  }

  RequestHead& head_;
  bool host_ = false, length_ = false, encoding_ = false;
};

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

std::string_view RequestHead::path() const {
  const std::string_view rest = split_target(target).rest;
  const std::string_view found = rest.substr(0, rest.find('?'));
  return found.empty() ? "/" : found;  // RFC 9110, 4.2.3: an empty path is "/"
}

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string_view RequestHead::get(std::string_view name) const {
  for (const Field& field : fields)
    if (equals_ignoring_case(field.name, name)) return field.value;
  return {};
}

bool RequestHead::has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    std::string_view rest = field.value;
    while (true) {
      const std::size_t comma = rest.find(',');
      if (equals_ignoring_case(trim(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

RequestError parse_request_head(std::string_view text, std::size_t fields_max, RequestHead& head) {
  std::vector<Field> fields = std::move(head.fields);  // its memory serves every request
  fields.clear();
  head = RequestHead{};
  head.fields = std::move(fields);
  if (RequestError error = parse_request_line(take_line(text), head); error.status != 0) return error;
  FieldMeaning meaning(head);
  while (!text.empty()) {
    if (head.fields.size() == fields_max) return {431, "too many header fields"};
    Field field;
    if (RequestError error = parse_field(take_line(text), field); error.status != 0) return error;
    if (RequestError error = meaning.note(field); error.status != 0) return error;
    head.fields.push_back(field);
  }
  return meaning.conclude();
}

}  // namespace hark::protocol::http1
