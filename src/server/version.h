#pragma once

#include <string_view>

namespace hark::server {

/// As in the CHANGELOG and CMakeLists.txt.
inline constexpr std::string_view version = HARK_VERSION;

}  // namespace hark::server
