#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hark::runtime {

/// One control group that binds this process, as a directory of limits.
struct ControlGroup {
  std::string directory;
  int version;  ///< 1 or 2: its files have other names
};

/// The groups that bind this process for `controller` ("memory", "cpu", "pids"): its own and their parents,
/// of both versions. `root` is put before every path, for tests. A directory may not exist.
std::vector<ControlGroup> control_groups(std::string_view controller, const std::string& root = "");

}  // namespace hark::runtime
