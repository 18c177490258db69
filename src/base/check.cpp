#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hark {

void check_failed(const char* condition, const char* file, int line, std::string_view message) {
  std::fprintf(stderr, "hark: bug: %s:%d: %s does not hold%s%.*s\n", file, line, condition,
               message.empty() ? "" : ": ", static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace hark
