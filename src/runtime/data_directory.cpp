#include "runtime/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdio>

#include "base/log.h"
#include "runtime/system_error.h"

namespace hark::runtime {
namespace {

constexpr std::size_t block_bytes = 64 << 10;

bool write_all(int fd, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

DataDirectory::DataDirectory(std::string path, Fd directory, Fd lock)
    : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(std::string path) {
  const auto fail_open = [&](int error) {
    return fail_errno(fmt::format("cannot use the data directory {} (it must be a directory in which "
                                  "hark may write)",
                                  escaped(path)),
                      error);
  };
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_open(errno);
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_open(errno);
  Fd lock(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail_open(errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_open(errno);
    return fail(ErrorCode::unavailable,
                fmt::format("the data directory {} is in use by another hark process; stop that one "
                            "or give this one a directory of its own",
                            escaped(path)));
  }
  return std::unique_ptr<DataDirectory>(
      new DataDirectory(std::move(path), std::move(directory), std::move(lock)));
}

Failure<Error> DataDirectory::fail_file(std::string_view call, std::string_view name) const {
  return fail_errno(fmt::format("{} {}/{}", call, escaped(path_), name));
}

Result<Fd> DataDirectory::open_file(std::string_view name) const {
  Fd file(::openat(directory_.get(), std::string(name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno != ENOENT) return fail_file("open", name);
  return file;
}

Result<std::size_t> DataDirectory::read_some(const Fd& file, std::string_view name, std::string& to,
                                             std::size_t bytes_max) const {
  const std::size_t had = to.size();
  to.resize(had + bytes_max);
  ssize_t got;
  do got = ::read(file.get(), to.data() + had, bytes_max);
  while (got < 0 && errno == EINTR);
  to.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got < 0) return fail_file("read", name);
  return static_cast<std::size_t>(got);
}

Result<std::optional<std::string>> DataDirectory::read(std::string_view name, std::size_t bytes_max) const {
  const auto file = open_file(name);
  if (!file) return Failure{file.error()};
  if (!*file) return std::optional<std::string>();
  std::string contents;
  while (true) {
    const auto got = read_some(*file, name, contents, block_bytes);
    if (!got) return Failure{got.error()};
    if (*got == 0) return std::optional(std::move(contents));
    if (contents.size() > bytes_max)
      return fail(ErrorCode::unavailable,
                  fmt::format("{}/{} is larger than {} bytes", escaped(path_), name, bytes_max));
  }
}

Result<Fd> DataDirectory::create_temporary(std::string_view name) const {
  const std::string temporary = std::string(name) + ".tmp";
  Fd file(::openat(directory_.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_file("create", temporary);
  return file;
}

Result<void> DataDirectory::write(const Fd& file, std::string_view name, std::string_view contents) const {
  if (!write_all(file.get(), contents)) return fail_file("write", std::string(name) + ".tmp");
  return {};
}

Result<void> DataDirectory::put_in_place(Fd file, std::string_view name) const {
  const std::string final_name(name), temporary = final_name + ".tmp";
  if (::fsync(file.get()) != 0) return fail_file("fsync", temporary);
  if (::renameat(directory_.get(), temporary.c_str(), directory_.get(), final_name.c_str()) != 0)
    return fail_file("rename to", name);
  // Without this the rename itself may be lost with the power.
  if (::fsync(directory_.get()) != 0) return fail_file("fsync", ".");
  return {};
}

Result<void> DataDirectory::replace(std::string_view name, std::string_view contents) const {
  auto file = create_temporary(name);
  if (!file) return Failure{file.error()};
  if (auto written = write(*file, name, contents); !written) return written;
  return put_in_place(*std::move(file), name);
}

Result<std::string> DataDirectory::set_aside(std::string_view name) const {
  const std::string from(name);
  for (unsigned n = 1;; ++n) {
    const std::string to = fmt::format("{}.set-aside-{}", name, n);
    if (::renameat2(directory_.get(), from.c_str(), directory_.get(), to.c_str(), RENAME_NOREPLACE) == 0) {
      if (::fsync(directory_.get()) != 0) return fail_file("fsync", ".");
      return to;
    }
    if (errno == ENOENT) return std::string();
    if (errno != EEXIST) return fail_file("set aside", name);
  }
}

Result<void> DataDirectory::remove(std::string_view name) const {
  if (::unlinkat(directory_.get(), std::string(name).c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return fail_file("remove", name);
  }
  if (::fsync(directory_.get()) != 0) return fail_file("fsync", ".");
  return {};
}

}  // namespace hark::runtime
