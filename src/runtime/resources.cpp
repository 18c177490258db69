#include "runtime/resources.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "runtime/fd.h"
#include "runtime/system_error.h"

namespace hark::runtime {

Result<std::size_t> raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("getrlimit(RLIMIT_NOFILE)");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("setrlimit(RLIMIT_NOFILE)");
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t rss_bytes() {
  const Fd file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> buffer{};
  const ssize_t size = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
  if (size <= 0) return 0;
  // proc(5): "size resident shared ...", in pages.
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  std::size_t pages = 0;
  std::from_chars(text.data(), text.data() + text.size(), pages);
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // Fails where there are more than 1,024 CPUs; the count of those online is then the best answer.
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&set)));
  return static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace hark::runtime
