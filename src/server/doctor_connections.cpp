#include <fmt/format.h>

#include "config/units.h"
#include "runtime/tcp_listener.h"
#include "server/doctor_checks.h"
#include "server/machine_limits.h"

namespace hark::server {
namespace {

using State = Finding::State;
using Number = runtime::MachineFacts::Number;

/// Sets a kernel's number now, and after each boot.
std::vector<std::string> sysctl(std::string_view name, std::string_view value) {
  return {fmt::format("sudo sysctl -w {}='{}'", name, value),
          fmt::format("echo '{} = {}' | sudo tee -a /etc/sysctl.d/60-hark.conf", name, value)};
}
std::vector<std::string> sysctl(std::string_view name, std::size_t value) {
  return sysctl(name, std::to_string(value));
}

/// The server keeps a tenth of its descriptors for other things than connections.
std::size_t descriptors_for(std::size_t connections) { return connections + connections / 9 + 2; }

std::size_t less(std::size_t from, Number taken) {
  const std::size_t gone = taken.value_or(0);
  return from > gone ? from - gone : 0;
}

/// Judges one thing that allows `connections`; absent: nobody tells.
Finding bound(std::string name, std::size_t wanted, Number connections, std::string says,
              std::vector<std::string> commands) {
  if (!connections) return {std::move(name), State::unknown, "this machine does not tell", {}, {}};
  Finding finding{std::move(name), State::good, std::move(says), connections, {}};
  if (*connections < wanted) {
    finding.state = State::warning;
    finding.commands = std::move(commands);
  }
  return finding;
}

Finding descriptors(const Surroundings& around) {
  const auto& machine = around.machine;
  const std::size_t needed = descriptors_for(around.wanted);
  std::vector<std::string> commands;
  if (machine.descriptors_ceiling.value_or(needed) < needed) commands = sysctl("fs.nr_open", needed);
  commands.push_back(
      fmt::format("sudo prlimit --pid $$ --nofile={0}:{0}  # this shell and what it starts", needed));
  commands.push_back(
      fmt::format("echo '* hard nofile {}' | sudo tee /etc/security/limits.d/hark.conf  # new logins; "
                  "a systemd unit says LimitNOFILE={}",
                  needed, needed));
  return bound(
      "descriptors", around.wanted, machine.descriptors_hard - machine.descriptors_hard / 10,
      fmt::format("{} (hard), {} (soft, which hark raises to the hard one); a tenth is for other things",
                  machine.descriptors_hard, machine.descriptors_soft),
      std::move(commands));
}

Finding open_files(const Surroundings& around) {
  const auto& machine = around.machine;
  const Number left =
      machine.open_files_max ? Number(less(*machine.open_files_max, machine.open_files)) : std::nullopt;
  const std::size_t needed = machine.open_files.value_or(0) + descriptors_for(around.wanted);
  return bound("open files", around.wanted, left,
               fmt::format("{} of the whole machine (fs.file-max), {} are open",
                           machine.open_files_max.value_or(0), machine.open_files.value_or(0)),
               sysctl("fs.file-max", needed));
}

Finding memory(const Surroundings& around) {
  const auto& machine = around.machine;
  const std::size_t mebibytes = (memory_for(around.wanted) >> 20) + 1;
  std::vector<std::string> commands;
  if (machine.memory_bytes < machine.machine_memory_bytes.value_or(0)) {
    commands.push_back(fmt::format("sudo systemctl set-property hark.service MemoryMax={}M", mebibytes));
    commands.push_back(fmt::format("docker update --memory {0}m --memory-swap {0}m CONTAINER", mebibytes));
  } else {
    commands.push_back(fmt::format("# a machine with {} MiB of memory", mebibytes));
  }
  return bound(
      "memory", around.wanted, limits_for(machine.memory_bytes, 1, machine.memory_bytes).connections_max,
      fmt::format("{} MiB for this process; an eighth is for connections", machine.memory_bytes >> 20),
      std::move(commands));
}

Finding watches(const Surroundings& around) {
  return bound(
      "watches", around.wanted, around.machine.watches_max,
      fmt::format("{} of one user (fs.epoll.max_user_watches)", around.machine.watches_max.value_or(0)),
      sysctl("fs.epoll.max_user_watches", descriptors_for(around.wanted)));
}

/// Of all sockets together. One that waits takes none of it; what is counted is one that has a bit to read
/// and a bit to write.
Finding tcp_memory(const Surroundings& around) {
  const auto& machine = around.machine;
  const std::size_t each = machine.read_bytes_min.value_or(4096) + machine.write_bytes_min.value_or(4096);
  const Number allowed = machine.tcp_memory_bytes
                             ? Number(*machine.tcp_memory_bytes / std::max<std::size_t>(each, 1))
                             : std::nullopt;
  const std::size_t pages = (around.wanted + 1) * each / 4096 + 1;
  return bound(
      "TCP memory", around.wanted, allowed,
      fmt::format("{} MiB for all sockets (net.ipv4.tcp_mem), {} bytes at least for one that is busy",
                  machine.tcp_memory_bytes.value_or(0) >> 20, each),
      sysctl("net.ipv4.tcp_mem", fmt::format("{} {} {}", pages / 2, pages / 4 * 3, pages)));
}

/// A firewall with states has a table of connections, often a small one.
Finding tracking(const Surroundings& around) {
  const auto& machine = around.machine;
  if (!machine.tracked_max)
    return {"connection tracking", State::good, "nobody tracks connections here", {}, {}};
  return bound("connection tracking", around.wanted, less(*machine.tracked_max, machine.tracked),
               fmt::format("{} (net.netfilter.nf_conntrack_max), {} are in use", *machine.tracked_max,
                           machine.tracked.value_or(0)),
               sysctl("net.netfilter.nf_conntrack_max", machine.tracked.value_or(0) + around.wanted));
}

Finding backlog(const Surroundings& around) {
  const Number most = around.machine.backlog_max;
  if (!most) return {"backlog", State::unknown, "this machine does not tell", {}, {}};
  constexpr std::size_t wanted = runtime::TcpListener::backlog;
  Finding finding{"backlog", State::good, {}, {}, {}};
  finding.says = fmt::format(
      "{} connections may wait to be accepted (net.core.somaxconn); hark asks for {} a core", *most, wanted);
  if (*most < wanted) {
    finding.state = State::warning;
    finding.commands = sysctl("net.core.somaxconn", wanted);
  }
  return finding;
}

/// They bound what comes from one address, so not the server as such.
Finding ports(const Surroundings& around) {
  const auto& machine = around.machine;
  if (!machine.port_first || !machine.port_last)
    return {"local ports", State::unknown, "this machine does not tell", {}, {}};
  const std::size_t count =
      *machine.port_last + 1 > *machine.port_first ? *machine.port_last + 1 - *machine.port_first : 0;
  Finding finding{"local ports", State::good, {}, {}, {}};
  finding.says = fmt::format(
      "{} (net.ipv4.ip_local_port_range): so many connections can a proxy or a client on this "
      "machine open to one address",
      count);
  if (count < std::min<std::size_t>(around.wanted, 60'000)) {
    finding.state = State::warning;
    finding.commands = sysctl("net.ipv4.ip_local_port_range", "1024 65535");
  }
  return finding;
}

}  // namespace

void check_connections(const Surroundings& around, std::vector<Finding>& findings) {
  for (const auto check : {descriptors, open_files, memory, watches, tcp_memory, tracking, backlog, ports})
    findings.push_back(check(around));
}

}  // namespace hark::server
