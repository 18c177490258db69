#include "gateway/first_bytes.h"

#include <algorithm>
#include <string_view>

namespace hark::gateway {
namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0";

// RFC 9110, 9.1: methods are tokens; those in use are made of capital letters.
bool begins_method(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

FirstBytes::Verdict FirstBytes::look(ByteSpan bytes) {
  const std::size_t taken = std::min(bytes.size(), held_.size() - size_);
  std::copy_n(bytes.begin(), taken, held_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + taken);
  const std::string_view text = as_text(held());
  if (text.empty()) return Verdict::undecided;
  if (preface.starts_with(text)) return text.size() == preface.size() ? Verdict::http2 : Verdict::undecided;
  return begins_method(text.front()) ? Verdict::http1 : Verdict::unknown;
}

}  // namespace hark::gateway
