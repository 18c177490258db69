#pragma once

#include <cstddef>
#include <string>

namespace hark::runtime {

/// What can be said of a directory for data without changing it.
struct DirectoryFacts {
  std::string nearest;      ///< the directory itself, or the nearest one above it that is there
  bool exists = false;      ///< nearest is the directory itself
  bool parent_exists = false;  ///< of the directory itself
  std::string problem;      ///< why hark could not write there; empty: it could
  bool in_use = false;      ///< a process holds its lock
  std::string file_system;  ///< "ext4", "tmpfs", ...; "0x..." for one of no name known here; empty: not told
  std::size_t free_bytes = 0;
};

/// Looks at the directory at `path`; where it exists it writes, syncs and removes a small file, so that full
/// and read-only disks are found. Blocks on the disk. `root` is put before /proc, for tests.
DirectoryFacts directory_facts(const std::string& path, const std::string& root = "");

}  // namespace hark::runtime
