#pragma once

#include <cstddef>

#include "base/shared_bytes.h"

namespace hark {

/// Size of write_base64's output: four characters for every three bytes begun.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Writes `bytes` as standard base64 with padding (RFC 4648, 4) to `out`, which has room for base64_size of
/// them. Returns the end of what was written.
char* write_base64(ByteSpan bytes, char* out);

}  // namespace hark
