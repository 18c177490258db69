#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hark::runtime {

/// What a machine and its limits give this process, as the kernel says it. Absent: no limit, or it is not
/// told here (a container may hide parts of /proc).
struct MachineFacts {
  using Number = std::optional<std::size_t>;

  std::size_t descriptors_soft = 0, descriptors_hard = 0;  ///< RLIMIT_NOFILE
  Number descriptors_ceiling;  ///< fs.nr_open: the most that RLIMIT_NOFILE may be
  Number open_files_max, open_files;  ///< fs.file-max, fs.file-nr: of the whole machine
  Number watches_max;  ///< fs.epoll.max_user_watches: of one user
  Number backlog_max;  ///< net.core.somaxconn
  Number tracked_max, tracked;  ///< net.netfilter.nf_conntrack_*; absent where nobody tracks
  Number port_first, port_last;  ///< net.ipv4.ip_local_port_range
  Number tcp_memory_bytes;  ///< the last of net.ipv4.tcp_mem: of all sockets of the machine
  Number read_bytes_min, write_bytes_min;  ///< the first of net.ipv4.tcp_rmem and tcp_wmem: of a socket
  std::size_t memory_bytes = 0;  ///< memory_limit_bytes()
  Number machine_memory_bytes;  ///< of the whole machine
  std::size_t cpus = 1;  ///< cpu_count()
  Number cpu_permille;  ///< the least quota of the control groups, in thousandths of a CPU
  Number threads_max;  ///< the least of pids.max of the control groups and RLIMIT_NPROC
  Number file_bytes_max;  ///< RLIMIT_FSIZE
  Number cpu_seconds_max;  ///< RLIMIT_CPU
  std::size_t epoch_milliseconds = 0;  ///< the wall clock
  bool clock_synchronised = false;  ///< whether the kernel is told that somebody keeps it right
};

/// Asks the kernel. `root` is put before every path, for tests; limits and the clock are this process's.
MachineFacts machine_facts(const std::string& root = "");

}  // namespace hark::runtime
