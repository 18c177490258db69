#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/shared_bytes.h"

namespace hark {

/// What one connection is about to write in one gather-write: copied small pieces and borrowed large ones.
///
/// One a core, reused for every connection and every turn, so that a delivery allocates nothing.
/// Pieces up to `copy_bytes_max` are copied together (one contiguous buffer beats many pieces by
/// 15 %); larger ones are borrowed and must stay valid until clear(). Core: its own.
class Gather {
 public:
  static constexpr std::size_t copy_bytes_max = 2048;

  /// `bytes_max`: the most that one write may take. A limit for producers to respect (room()).
  explicit Gather(std::size_t bytes_max);

  /// Empty again, for a write of at most `bytes_max`.
  void begin(std::size_t bytes_max) {
    clear();
    bytes_max_ = bytes_max;
  }
  void append(ByteSpan bytes);       ///< copies or borrows, by size
  void append_copy(ByteSpan bytes);  ///< always copies: for bytes that die with the caller

  std::size_t size() const { return size_; }
  std::size_t room() const { return size_ < bytes_max_ ? bytes_max_ - size_ : 0; }
  bool empty() const { return size_ == 0; }
  /// The pieces in order. Valid until the next append or clear.
  std::span<const iovec> pieces();
  /// Appends all bytes from `offset` on to `out`: the rest that a short write left.
  void copy_from(std::size_t offset, std::string& out);
  void clear();

 private:
  struct Piece {
    const std::byte* borrowed;  // null: the bytes are at `offset` in copied_
    std::size_t offset, size;
  };
  std::size_t bytes_max_;
  std::size_t size_ = 0;
  std::string copied_;
  std::vector<Piece> parts_;
  std::vector<iovec> iovecs_;
};

}  // namespace hark
