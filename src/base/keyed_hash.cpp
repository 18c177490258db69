#include "base/keyed_hash.h"

#include <sodium.h>

#include <cstring>

namespace hark {
namespace {

HashKey& process_key() {
  static HashKey key = [] {
    HashKey random;
    randombytes_buf(random.data(), random.size());
    return random;
  }();
  return key;
}

}  // namespace

void set_hash_key(const HashKey& key) { process_key() = key; }

std::uint64_t keyed_hash(std::string_view text) {
  static_assert(crypto_shorthash_KEYBYTES == sizeof(HashKey));
  std::uint64_t hash;
  static_assert(crypto_shorthash_BYTES == sizeof hash);
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), process_key().data());
  return hash;
}

}  // namespace hark
