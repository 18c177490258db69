#include "runtime/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "runtime/fd.h"
#include "runtime/system_error.h"

namespace hark::runtime {
namespace {

constexpr std::size_t block_bytes = 64 << 10;

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
  // Not to wait for whoever may one day write into a named pipe.
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail_errno("cannot read " + escaped(path));
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0) return fail_errno("cannot read " + escaped(path));
  if (S_ISDIR(about.st_mode))
    return fail(ErrorCode::invalid_argument, escaped(path) + " is a directory, not a file");
  std::string text;
  while (text.size() <= bytes_max) {
    const std::size_t before = text.size();
    text.resize(before + block_bytes);
    const ssize_t got = ::read(file.get(), text.data() + before, text.size() - before);
    text.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + escaped(path));
    if (got == 0) return text;
  }
  return fail(ErrorCode::invalid_argument,
              escaped(path) + " has more than " + std::to_string(bytes_max) + " bytes");
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace hark::runtime
