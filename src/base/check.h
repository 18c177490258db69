#pragma once

#include <string_view>

/// Stops the process when `condition` is false: a mistake of ours must not spread as a wrong state.
/// Stays in release builds. For the peer's mistakes return a Result instead.
#define HARK_CHECK(condition)                                   \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::hark::check_failed(#condition, __FILE__, __LINE__, {}); \
  } while (false)

/// HARK_CHECK with a word on what was wrong (a string, built only on failure).
#define HARK_CHECK_MSG(condition, message)                             \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::hark::check_failed(#condition, __FILE__, __LINE__, (message)); \
  } while (false)

/// For where control never comes: behind a switch over every value of an enum.
#define HARK_UNREACHABLE() ::hark::check_failed("never here", __FILE__, __LINE__, {})

namespace hark {

[[noreturn]] void check_failed(const char* condition, const char* file, int line, std::string_view message);

}  // namespace hark
