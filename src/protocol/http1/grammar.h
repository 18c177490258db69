#pragma once

#include <algorithm>
#include <string_view>

namespace hark::protocol::http1 {

// The character classes of RFC 9110 and RFC 9112, for the decoder and the encoder alike.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// RFC 9110, 5.6.2: tchar.
constexpr bool is_token_byte(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
constexpr bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte);
}

/// RFC 9110, 5.5: what a field's value may hold: visible bytes, blanks and bytes from 0x80 on.
constexpr bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// Visible ASCII but '#': a fragment never goes to a server.
constexpr bool is_target_byte(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

}  // namespace hark::protocol::http1
