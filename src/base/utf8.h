#pragma once

#include <string_view>

namespace hark {

/// Whether `text` is well-formed UTF-8 (RFC 3629): no overlong form, surrogate or value past U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace hark
