#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "runtime/resources.h"

namespace hark::runtime {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The number that a file begins with; no_limit when it has none ("max") or cannot be read.
std::size_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::size_t number = no_limit;
  return file >> number ? number : no_limit;
}

std::size_t machine_memory(const std::string& root) {
  // proc(5): "MemTotal:  24601092 kB" is the first line.
  std::ifstream file(root + "/proc/meminfo");
  std::string name;
  std::size_t kibibytes = 0;
  return file >> name >> kibibytes ? kibibytes * 1024 : no_limit;
}

/// The least limit of the group at `path` below `mount` and of its parents. Inside a container the path
/// may be the host's and not exist; the container's own group is then at the mount itself.
std::size_t limit_of_group(const std::string& mount, std::string path, const std::string& file) {
  std::size_t least = number_in(fmt::format("{}/{}", mount, file));
  while (path.size() > 1) {
    least = std::min(least, number_in(fmt::format("{}{}/{}", mount, path, file)));
    path.resize(path.rfind('/'));
  }
  return least;
}

std::size_t limit_of_groups(const std::string& root) {
  // cgroups(7): "4:memory:/a/b" of version 1, "0::/a/b" of version 2.
  std::ifstream groups(root + "/proc/self/cgroup");
  std::size_t least = no_limit;
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, limit_of_group(root + "/sys/fs/cgroup", path, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, limit_of_group(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace

std::size_t memory_limit_bytes(const std::string& root) {
  std::size_t least = std::min(machine_memory(root), limit_of_groups(root));
  rlimit address_space{};
  if (getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY)
    least = std::min<std::size_t>(least, address_space.rlim_cur);
  return least;
}

}  // namespace hark::runtime
