#pragma once

#include <string>

#include "model/error.h"

namespace hark::runtime {

/// The whole of a small file. Errors: unavailable (it cannot be read: why, with its path), invalid_argument
/// (it is a directory, or has more than `bytes_max` bytes). Blocks on the disk.
Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max);

/// Whether something has this path.
bool file_exists(const std::string& path);

}  // namespace hark::runtime
