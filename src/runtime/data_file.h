#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/data_directory.h"

namespace hark::runtime {

/// A large file of a data directory, written through a bounded buffer. Until finish() there is no file
/// of that name but the one before. Blocks on the disk: not for a serving core. Owner: who writes.
class DataFileWriter {
 public:
  /// `directory` is borrowed.
  static Result<DataFileWriter> create(const DataDirectory& directory, std::string_view name);

  Result<void> append(std::string_view bytes);
  /// Puts the file in place for good (fsync, rename, fsync of the directory). Once, as the last call.
  Result<void> finish();

 private:
  DataFileWriter(const DataDirectory& directory, std::string name, Fd file)
      : directory_(&directory), name_(std::move(name)), file_(std::move(file)) {}
  Result<void> flush();

  const DataDirectory* directory_;
  std::string name_;
  Fd file_;
  std::string buffer_;
};

/// Reads a large file of a data directory front to back through a bounded buffer. As the writer, blocks.
class DataFileReader {
 public:
  /// None when there is no such file. `directory` is borrowed.
  static Result<std::optional<DataFileReader>> open(const DataDirectory& directory, std::string_view name);

  /// The next `bytes` bytes, valid until the next call; fewer only at the end of the file.
  Result<std::string_view> next(std::size_t bytes);

 private:
  DataFileReader(const DataDirectory& directory, std::string name, Fd file)
      : directory_(&directory), name_(std::move(name)), file_(std::move(file)) {}

  const DataDirectory* directory_;
  std::string name_;
  Fd file_;
  std::string buffer_;
  std::size_t used_ = 0;
};

}  // namespace hark::runtime
