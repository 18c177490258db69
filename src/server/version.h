#pragma once

#include <string_view>

namespace hark::server {

/// As in the CHANGELOG and CMakeLists.txt.
inline constexpr std::string_view version = HARK_VERSION;
/// When this version was made, for manual pages.
inline constexpr std::string_view version_date = HARK_VERSION_DATE;

}  // namespace hark::server
