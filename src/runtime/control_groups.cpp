#include "runtime/control_groups.h"

#include <fstream>

namespace hark::runtime {
namespace {

/// The group at `path` below `mount` and its parents. Inside a container the path may be the host's and not
/// exist; the container's own group is then at the mount itself.
void add_with_parents(std::vector<ControlGroup>& groups, const std::string& mount, std::string path,
                      int version) {
  groups.push_back({mount, version});
  while (path.size() > 1) {
    groups.push_back({mount + path, version});
    path.resize(path.rfind('/'));
  }
}

}  // namespace

std::vector<ControlGroup> control_groups(std::string_view controller, const std::string& root) {
  // cgroups(7): "4:memory:/a/b" of version 1, "0::/a/b" of version 2.
  std::ifstream lines(root + "/proc/self/cgroup");
  const std::string wanted = "," + std::string(controller) + ",";
  std::vector<ControlGroup> groups;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    const std::string mount = root + "/sys/fs/cgroup";
    if (controllers == ",,") {
      add_with_parents(groups, mount, path, 2);
    } else if (controllers.find(wanted) != std::string::npos) {
      add_with_parents(groups, mount + "/" + std::string(controller), path, 1);
    }
  }
  return groups;
}

}  // namespace hark::runtime
