#include "protocol/json/text.h"

#include <algorithm>
#include <array>

namespace hark::protocol::json {
namespace {

/// How many bytes each byte becomes.
constexpr std::array<unsigned char, 256> sizes = [] {
  std::array<unsigned char, 256> of{};
  for (unsigned byte = 0; byte < of.size(); ++byte) of[byte] = byte < 0x20 ? 6 : 1;
  for (const char c : {'"', '\\', '\b', '\f', '\n', '\r', '\t'}) of[static_cast<unsigned char>(c)] = 2;
  return of;
}();

char short_escape(char c) {
  switch (c) {
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return c;
  }
}

}  // namespace

std::size_t quoted_size(std::string_view text) {
  std::size_t size = 2;
  for (const char c : text) size += sizes[static_cast<unsigned char>(c)];
  return size;
}

char* write_quoted(std::string_view text, char* out) {
  static constexpr char digits[] = "0123456789abcdef";
  *out++ = '"';
  while (!text.empty()) {
    const auto plain = [](char c) { return sizes[static_cast<unsigned char>(c)] == 1; };
    const auto end = std::find_if_not(text.begin(), text.end(), plain);
    out = std::copy(text.begin(), end, out);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.empty()) break;
    const char c = text.front();
    text.remove_prefix(1);
    *out++ = '\\';
    if (sizes[static_cast<unsigned char>(c)] == 2) {
      *out++ = short_escape(c);
      continue;
    }
    out = std::copy_n("u00", 3, out);
    *out++ = digits[static_cast<unsigned char>(c) >> 4];
    *out++ = digits[static_cast<unsigned char>(c) & 15];
  }
  *out++ = '"';
  return out;
}

void append_quoted(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + quoted_size(text));
  write_quoted(text, out.data() + before);
}

}  // namespace hark::protocol::json
