#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/resources.h"
#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

void write(const std::string& path, const std::string& contents) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << contents;
}

// Goal: whichever limit is the least is found. Method: a tree of files as the kernel shows them.
TEST(MemoryLimit, IsTheLeastOfAll) {
  constexpr std::size_t mib = 1 << 20;
  const struct {
    const char* name;
    const char* groups;  // /proc/self/cgroup
    std::vector<std::pair<const char*, const char*>> limits;
    std::size_t expected;
  } cases[] = {
      {"no groups", "", {}, 1024 * mib},
      {"version 2, unlimited", "0::/a\n", {{"a/memory.max", "max"}}, 1024 * mib},
      {"version 2", "0::/a/b\n", {{"a/b/memory.max", "268435456"}}, 256 * mib},
      {"a parent", "0::/a/b\n", {{"a/memory.max", "134217728"}, {"a/b/memory.max", "268435456"}}, 128 * mib},
      {"a container's own", "0::/\n", {{"memory.max", "67108864"}}, 64 * mib},
      {"the host's path", "0::/docker/x\n", {{"memory.max", "67108864"}}, 64 * mib},
      {"version 1", "4:memory:/a\n0::/\n", {{"memory/a/memory.limit_in_bytes", "268435456"}}, 256 * mib},
      {"version 1, several",
       "3:cpu,memory:/a\n",
       {{"memory/a/memory.limit_in_bytes", "268435456"}},
       256 * mib},
      {"another controller", "3:cpu:/a\n", {{"memory/a/memory.limit_in_bytes", "268435456"}}, 1024 * mib},
      {"nonsense", "nonsense\n", {}, 1024 * mib},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TemporaryDirectory root;
    write(root.path() + "/proc/meminfo", "MemTotal:        1048576 kB\nMemFree: 1 kB\n");
    write(root.path() + "/proc/self/cgroup", c.groups);
    for (const auto& [path, text] : c.limits) write(root.path() + "/sys/fs/cgroup/" + path, text);
    EXPECT_EQ(memory_limit_bytes(root.path()), c.expected);
  }
}

TEST(MemoryLimit, OfThisMachineIsPlausible) { EXPECT_GT(memory_limit_bytes(), std::size_t{16} << 20); }

}  // namespace
}  // namespace hark::runtime
