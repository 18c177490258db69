#include "runtime/directory_facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <utility>

#include "runtime/fd.h"
#include "runtime/system_error.h"

namespace hark::runtime {
namespace {

// statfs(2).
constexpr std::array<std::pair<unsigned long, const char*>, 17> names{{{0xef53, "ext4"},
                                                                       {0x58465342, "xfs"},
                                                                       {0x9123683e, "btrfs"},
                                                                       {0x2fc12fc1, "zfs"},
                                                                       {0xf2f52010, "f2fs"},
                                                                       {0xca451a4e, "bcachefs"},
                                                                       {0x01021994, "tmpfs"},
                                                                       {0x858458f6, "ramfs"},
                                                                       {0x794c7630, "overlay"},
                                                                       {0x6969, "nfs"},
                                                                       {0xff534d42, "cifs"},
                                                                       {0xfe534d42, "smb2"},
                                                                       {0x65735546, "fuse"},
                                                                       {0x01021997, "9p"},
                                                                       {0x00c36400, "ceph"},
                                                                       {0x4d44, "vfat"},
                                                                       {0x2011bab0, "exfat"}}};

std::string name_of(unsigned long type) {
  for (const auto& [number, name] : names)
    if (number == type) return name;
  return fmt::format("{:#x}", type);
}

bool is_directory(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

/// The directory above: "/a/b/" -> "/a", "a" -> ".", "/" -> "/".
std::string above(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Why a file of it cannot be written; empty: it can.
std::string try_writing(const std::string& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return describe_errno("open");
  const std::string name = fmt::format("doctor-{}.tmp", ::getpid());
  const Fd file(::openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return describe_errno("create a file");
  constexpr std::array<char, 4096> block{};
  std::string problem;
  if (::write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()))
    problem = describe_errno("write");
  else if (::fsync(file.get()) != 0)
    problem = describe_errno("fsync");
  ::unlinkat(directory.get(), name.c_str(), 0);
  return problem;
}

/// Whether a process holds the lock of a data directory. Looked up in /proc/locks ("1: FLOCK  ADVISORY  WRITE
/// 614 08:01:393 0 EOF"), since to try it would be in the way of a hark that just begins.
bool is_locked(const std::string& path, const std::string& root) {
  struct stat about{};
  if (::stat((path + "/lock").c_str(), &about) != 0) return false;
  // Without the device, which some file systems show otherwise than stat() does.
  const std::string inode = fmt::format(":{} ", about.st_ino);
  std::ifstream locks(root + "/proc/locks");
  for (std::string line; std::getline(locks, line);)
    if (line.find("FLOCK") != std::string::npos && line.find(inode) != std::string::npos) return true;
  return false;
}

}  // namespace

DirectoryFacts directory_facts(const std::string& path, const std::string& root) {
  DirectoryFacts facts;
  facts.nearest = path;
  while (::access(facts.nearest.c_str(), F_OK) != 0 && facts.nearest != "/" && facts.nearest != ".")
    facts.nearest = above(facts.nearest);
  facts.exists = facts.nearest == path;
  facts.parent_exists = is_directory(above(path));
  if (!is_directory(facts.nearest)) {
    facts.problem = "not a directory";
  } else if (facts.exists) {
    facts.in_use = is_locked(path, root);
    facts.problem = try_writing(path);
  } else if (::access(facts.nearest.c_str(), W_OK | X_OK) != 0) {
    facts.problem = describe_errno("make a directory in it");
  }
  struct statfs about{};
  if (::statfs(facts.nearest.c_str(), &about) == 0) {
    facts.file_system = name_of(static_cast<unsigned long>(about.f_type) & 0xffffffff);
    facts.free_bytes = static_cast<std::size_t>(about.f_bavail) * static_cast<std::size_t>(about.f_bsize);
  }
  return facts;
}

}  // namespace hark::runtime
