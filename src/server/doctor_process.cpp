#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/shell_word.h"
#include "server/doctor_checks.h"

namespace hark::server {
namespace {

using State = Finding::State;

constexpr std::size_t threads_spare = 8;  // the main thread, exports, the allocator's
constexpr std::size_t sensible_clock = 1'672'531'200'000;  // 2023-01-01: before that hark was not there

/// Fills in all but the name.
Finding found(std::string name, State state, std::string says, std::vector<std::string> commands = {}) {
  return {std::move(name), state, std::move(says), {}, std::move(commands)};
}

Finding cpus(const Surroundings& around) {
  const auto& machine = around.machine;
  const std::size_t cores = around.settings.cores;
  std::string says = fmt::format("{} cores on {} CPUs", cores, machine.cpus);
  std::size_t fitting = machine.cpus;
  if (machine.cpu_permille) {
    says += fmt::format(", of which the control group gives {}.{}", *machine.cpu_permille / 1000,
                        *machine.cpu_permille % 1000 / 100);
    fitting = std::min(fitting, std::max<std::size_t>(1, *machine.cpu_permille / 1000));
  }
  if (cores <= fitting) return found("CPUs", State::good, std::move(says));
  return found("CPUs", State::warning, says + ": cores that share one hold each other up",
               {fmt::format("hark serve --cores {}  # or cores = {} in the settings", fitting, fitting)});
}

Finding threads(const Surroundings& around) {
  const std::size_t needed = around.settings.cores + threads_spare;
  const auto most = around.machine.threads_max;
  if (!most) return found("threads", State::good, "no limit");
  std::string says = fmt::format("{} (pids.max, ulimit -u); hark needs {}", *most, needed);
  if (*most >= needed) return found("threads", State::good, std::move(says));
  return found("threads", State::failure, std::move(says),
               {fmt::format("sudo prlimit --pid $$ --nproc={0}:{0}", needed),
                fmt::format("sudo systemctl set-property hark.service TasksMax={}", needed)});
}

/// What the topics may be, and so what an export at SIGTERM may need.
std::size_t export_bytes(const Surroundings& around) {
  return around.settings.limits.topics_bytes_max * around.settings.cores;
}

Finding process_limits(const Surroundings& around) {
  const auto& machine = around.machine;
  std::string says;
  std::vector<std::string> commands;
  if (machine.cpu_seconds_max) {
    says +=
        fmt::format("the kernel ends the process after {} seconds of CPU time; ", *machine.cpu_seconds_max);
    commands.emplace_back("sudo prlimit --pid $$ --cpu=unlimited");
  }
  if (machine.file_bytes_max && *machine.file_bytes_max < export_bytes(around)) {
    says += fmt::format("files end at {} bytes, an export of topics may be {}; ", *machine.file_bytes_max,
                        export_bytes(around));
    commands.emplace_back("sudo prlimit --pid $$ --fsize=unlimited");
  }
  if (says.empty()) return found("other limits", State::good, "none is in the way (ulimit -t, ulimit -f)");
  says.resize(says.size() - 2);
  return found("other limits", State::warning, std::move(says), std::move(commands));
}

/// Why a file system is no good place; empty: it is one.
std::string_view drawback(std::string_view file_system) {
  if (file_system == "tmpfs" || file_system == "ramfs") return "it is memory, and gone after a reboot";
  if (file_system == "overlay") return "in a container it is gone with it; give it a volume";
  for (const std::string_view remote : {"nfs", "cifs", "smb2", "9p", "ceph", "fuse"})
    if (file_system == remote)
      return "its locks and syncs may not hold what hark trusts in; use a local disk";
  return {};
}

Finding data_directory(const Surroundings& around) {
  const auto& data = around.data;
  const std::string& path = around.settings.data_dir;
  std::string says = escaped(path);
  const std::string make = fmt::format("sudo install -d -m 700 -o \"$(id -un)\" {}", shell_word(path));
  if (!data.problem.empty())
    return found(
        "data directory", State::failure,
        says + (data.exists ? "" : " is not there; in " + escaped(data.nearest)) + ": " + data.problem,
        {make});
  if (!data.exists && !data.parent_exists && !around.default_data_dir)
    return found("data directory", State::failure, says + " is not there, nor is the directory above it",
                 {make});
  says += fmt::format(" ({}, {} MiB free)", data.file_system, data.free_bytes >> 20);
  if (!data.exists) says += " is made at the start";
  if (data.in_use) says += " is in use by a hark that runs";
  if (const auto why = drawback(data.file_system); !why.empty())
    return found("data directory", State::warning, says + ": " + std::string(why),
                 {"hark serve --data-dir DIR"});
  return found("data directory", State::good, std::move(says));
}

Finding disk_space(const Surroundings& around) {
  const std::size_t needed = export_bytes(around);
  std::string says = fmt::format("{} MiB free; topics, which SIGTERM writes there, may be {} MiB",
                                 around.data.free_bytes >> 20, needed >> 20);
  if (around.data.free_bytes >= needed) return found("disk space", State::good, std::move(says));
  return found(
      "disk space", State::warning, std::move(says),
      {fmt::format("hark serve --set limits.topics_bytes_max={}MiB  # or a larger disk",
                   std::max<std::size_t>(1, (around.data.free_bytes / around.settings.cores) >> 20))});
}

Finding address(const Surroundings& around) {
  const std::string listen = escaped(around.settings.listen);
  if (around.listen_problem.empty()) return found("address", State::good, listen + " is free");
  if (around.data.in_use)
    return found("address", State::good, listen + " is taken, and so is the data directory: a hark runs");
  return found("address", State::failure, around.listen_problem,
               {"ss -ltnp  # who listens there", "hark serve --listen 127.0.0.1:0  # a free port"});
}

Finding clock(const Surroundings& around) {
  if (around.machine.epoch_milliseconds < sensible_clock)
    return found("clock", State::warning,
                 "it is before 2023: kept messages seem too old or too young after a restart",
                 {"sudo timedatectl set-ntp true"});
  if (around.machine.clock_synchronised) return found("clock", State::good, "something keeps it right");
  return found(
      "clock", State::warning,
      "nothing keeps it right, as far as the kernel knows; messages that a restart kept may live too long or "
      "too short",
      {"sudo timedatectl set-ntp true"});
}

}  // namespace

void check_process(const Surroundings& around, std::vector<Finding>& findings) {
  for (const auto check : {cpus, threads, process_limits, data_directory, disk_space, address, clock})
    findings.push_back(check(around));
}

}  // namespace hark::server
