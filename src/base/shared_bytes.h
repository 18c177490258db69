#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "base/ref.h"

namespace hark {

using ByteSpan = std::span<const std::byte>;

inline ByteSpan as_byte_span(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A heap block of bytes with a shared count: one allocation for both.
class ByteBlock : public RefCounted<ByteBlock> {
 public:
  static Ref<ByteBlock> allocate(std::size_t size);
  static void destroy(const ByteBlock* block);

  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(this + 1); }
  std::size_t size() const { return size_; }

 private:
  explicit ByteBlock(std::size_t size) : size_(size) {}
  std::size_t size_;
};

/// Immutable bytes, or a slice of them, that any core may hold. Copying shares, never copies bytes.
class SharedBytes {
 public:
  SharedBytes() = default;
  /// All of `block`, which must not be written any more.
  explicit SharedBytes(Ref<ByteBlock> block)
      : block_(std::move(block)), bytes_(block_ ? ByteSpan(block_->data(), block_->size()) : ByteSpan()) {}
  static SharedBytes copy_of(ByteSpan bytes);
  static SharedBytes copy_of(std::string_view text) { return copy_of(as_byte_span(text)); }

  ByteSpan span() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  /// What is kept in memory on behalf of this slice: the whole block.
  std::size_t block_size() const { return block_ ? block_->size() : 0; }
  /// `length` bytes from `offset`, sharing the block. Requires offset + length <= size().
  SharedBytes slice(std::size_t offset, std::size_t length) const;

 private:
  Ref<ByteBlock> block_;
  ByteSpan bytes_;
};

}  // namespace hark
