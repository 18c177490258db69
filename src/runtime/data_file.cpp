#include "runtime/data_file.h"

#include <algorithm>

namespace hark::runtime {
namespace {

constexpr std::size_t block_bytes = 256 << 10;

}  // namespace

Result<DataFileWriter> DataFileWriter::create(const DataDirectory& directory, std::string_view name) {
  auto file = directory.create_temporary(name);
  if (!file) return Failure{file.error()};
  return DataFileWriter(directory, std::string(name), *std::move(file));
}

Result<void> DataFileWriter::append(std::string_view bytes) {
  buffer_.append(bytes);
  return buffer_.size() >= block_bytes ? flush() : Result<void>();
}

Result<void> DataFileWriter::flush() {
  auto written = directory_->write(file_, name_, buffer_);
  buffer_.clear();
  return written;
}

Result<void> DataFileWriter::finish() {
  if (auto written = flush(); !written) return written;
  return directory_->put_in_place(std::move(file_), name_);
}

Result<std::optional<DataFileReader>> DataFileReader::open(const DataDirectory& directory,
                                                           std::string_view name) {
  auto file = directory.open_file(name);
  if (!file) return Failure{file.error()};
  if (!*file) return std::optional<DataFileReader>();
  return std::optional(DataFileReader(directory, std::string(name), *std::move(file)));
}

Result<std::string_view> DataFileReader::next(std::size_t bytes) {
  buffer_.erase(0, used_ == buffer_.size() || buffer_.size() - used_ < bytes ? std::exchange(used_, 0) : 0);
  while (buffer_.size() - used_ < bytes) {
    const auto got = directory_->read_some(file_, name_, buffer_, block_bytes);
    if (!got) return Failure{got.error()};
    if (*got == 0) break;
  }
  const std::size_t from = used_;
  used_ = std::min(buffer_.size(), from + bytes);
  return std::string_view(buffer_).substr(from, used_ - from);
}

}  // namespace hark::runtime
