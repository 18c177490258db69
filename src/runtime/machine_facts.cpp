#include "runtime/machine_facts.h"

#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "runtime/clock.h"
#include "runtime/control_groups.h"
#include "runtime/resources.h"

namespace hark::runtime {
namespace {

using Number = MachineFacts::Number;

/// Number `index` of those that a file begins with.
Number number_of(const std::string& path, std::size_t index = 0) {
  std::ifstream file(path);
  std::size_t number = 0;
  for (std::size_t i = 0; i <= index; ++i)
    if (!(file >> number)) return std::nullopt;
  return number;
}

/// proc(5): "MemTotal:  24601092 kB" is the first line.
Number machine_memory(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  std::size_t kibibytes = 0;
  if (!(file >> name >> kibibytes)) return std::nullopt;
  return kibibytes * 1024;
}

void lower(Number& to, Number other) {
  if (other && (!to || *other < *to)) to = other;
}

Number limit_of(__rlimit_resource resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::size_t>(limit.rlim_cur);
}

/// Of one group: quota and period in microseconds, both in cpu.max ("max 100000", "150000 100000") or in two
/// files, where -1 is no quota.
Number permille_of(const ControlGroup& group) {
  const bool two = group.version == 2;
  const Number quota = number_of(group.directory + (two ? "/cpu.max" : "/cpu.cfs_quota_us"));
  const Number period =
      two ? number_of(group.directory + "/cpu.max", 1) : number_of(group.directory + "/cpu.cfs_period_us");
  // A stream reads "-1" into an unsigned number as the greatest one.
  if (!quota || !period || *period == 0 || *quota > std::size_t{1} << 40) return std::nullopt;
  return *quota * 1000 / *period;
}

void add_network(MachineFacts& facts, const std::string& net) {
  facts.backlog_max = number_of(net + "core/somaxconn");
  facts.tracked_max = number_of(net + "netfilter/nf_conntrack_max");
  facts.tracked = number_of(net + "netfilter/nf_conntrack_count");
  facts.port_first = number_of(net + "ipv4/ip_local_port_range");
  facts.port_last = number_of(net + "ipv4/ip_local_port_range", 1);
  facts.read_bytes_min = number_of(net + "ipv4/tcp_rmem");
  facts.write_bytes_min = number_of(net + "ipv4/tcp_wmem");
  if (const Number pages = number_of(net + "ipv4/tcp_mem", 2))
    facts.tcp_memory_bytes = *pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

MachineFacts machine_facts(const std::string& root) {
  MachineFacts facts;
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    facts.descriptors_soft = descriptors.rlim_cur;
    facts.descriptors_hard = descriptors.rlim_max;
  }
  const std::string fs = root + "/proc/sys/fs/";
  facts.descriptors_ceiling = number_of(fs + "nr_open");
  facts.open_files_max = number_of(fs + "file-max");
  facts.open_files = number_of(fs + "file-nr");
  facts.watches_max = number_of(fs + "epoll/max_user_watches");
  add_network(facts, root + "/proc/sys/net/");
  facts.memory_bytes = memory_limit_bytes(root);
  facts.machine_memory_bytes = machine_memory(root + "/proc/meminfo");
  facts.cpus = cpu_count();
  for (const ControlGroup& group : control_groups("cpu", root)) lower(facts.cpu_permille, permille_of(group));
  facts.threads_max = limit_of(RLIMIT_NPROC);
  for (const ControlGroup& group : control_groups("pids", root))
    lower(facts.threads_max, number_of(group.directory + "/pids.max"));
  facts.file_bytes_max = limit_of(RLIMIT_FSIZE);
  facts.cpu_seconds_max = limit_of(RLIMIT_CPU);
  facts.epoch_milliseconds = epoch_milliseconds();
  timex clock{};
  facts.clock_synchronised = adjtimex(&clock) != -1 && (clock.status & STA_UNSYNC) == 0;
  return facts;
}

}  // namespace hark::runtime
