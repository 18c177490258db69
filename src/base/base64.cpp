#include "base/base64.h"

namespace hark {

char* write_base64(ByteSpan bytes, char* out) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](std::size_t i) { return i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0U; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    *out++ = digits[group >> 18];
    *out++ = digits[group >> 12 & 63];
    *out++ = i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
    *out++ = i + 2 < bytes.size() ? digits[group & 63] : '=';
  }
  return out;
}

}  // namespace hark
