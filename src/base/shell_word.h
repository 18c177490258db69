#pragma once

#include <string>
#include <string_view>

namespace hark {

/// `text` as one word of a POSIX shell: itself when it is plain, else in single quotes.
std::string shell_word(std::string_view text);

}  // namespace hark
