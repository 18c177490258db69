#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hark {

using HashKey = std::array<unsigned char, 16>;

/// Sets the process's hash key. Call once at start, before any thread; random unless called.
void set_hash_key(const HashKey& key);

/// SipHash-2-4 of `text` under the process's key, for everything keyed by what clients choose.
std::uint64_t keyed_hash(std::string_view text);

}  // namespace hark
