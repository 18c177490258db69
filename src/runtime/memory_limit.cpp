#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "runtime/control_groups.h"
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

std::size_t limit_of_groups(const std::string& root) {
  std::size_t least = no_limit;
  for (const auto& [directory, version] : control_groups("memory", root))
    least = std::min(least, number_in(directory + (version == 2 ? "/memory.max" : "/memory.limit_in_bytes")));
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
