#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/error.h"
#include "runtime/fd.h"

namespace hark::runtime {

/// The directory in which a process keeps what must outlive it. Locked: one process at a time.
///
/// Calls block on the disk: for start, stop and the main thread, never for a core.
class DataDirectory {
 public:
  /// Makes the directory if its parent exists, and locks it until this object dies. An error names
  /// the directory and says what to do.
  static Result<std::unique_ptr<DataDirectory>> open(std::string path);

  /// The contents of file `name`; none when there is no such file. Fails above `bytes_max`.
  Result<std::optional<std::string>> read(std::string_view name, std::size_t bytes_max) const;

  /// Replaces file `name` at once and for good: after a crash at any time there is the old file or the new
  /// one, and after success the new one (temporary file, fsync, rename, fsync of the directory).
  Result<void> replace(std::string_view name, std::string_view contents) const;

  /// Removes file `name` for good; nothing when there is none.
  Result<void> remove(std::string_view name) const;

  /// Renames file `name` to name.set-aside-N, N the first that is free, and gives that name; empty
  /// when there is no such file.
  Result<std::string> set_aside(std::string_view name) const;

  // --- for files too large for one string; see DataFileWriter and DataFileReader ---
  Result<Fd> create_temporary(std::string_view name) const;
  Result<void> write(const Fd& file, std::string_view name, std::string_view contents) const;
  /// The end of replace(): the temporary file of `name`, all written, takes its place for good.
  Result<void> put_in_place(Fd file, std::string_view name) const;
  /// An empty Fd when there is no such file.
  Result<Fd> open_file(std::string_view name) const;
  /// Appends up to `bytes_max` bytes to `to`; gives how many, 0 at the end.
  Result<std::size_t> read_some(const Fd& file, std::string_view name, std::string& to,
                                std::size_t bytes_max) const;

  const std::string& path() const { return path_; }

 private:
  DataDirectory(std::string path, Fd directory, Fd lock);
  Failure<Error> fail_file(std::string_view call, std::string_view name) const;

  std::string path_;
  Fd directory_;
  Fd lock_;
};

}  // namespace hark::runtime
