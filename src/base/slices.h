#pragma once

#include <array>
#include <cstddef>

#include "base/check.h"
#include "base/shared_bytes.h"

namespace hark {

/// A few pieces of bytes that belong together, borrowed from whoever made them. No allocation.
class Slices {
 public:
  struct Slice {
    ByteSpan bytes;
    /// True: valid until the connection has been written (Gather may borrow it).
    /// False: valid only until the producer is called again (copy it at once).
    bool lasting;
  };
  static constexpr std::size_t count_max = 4;

  bool full() const { return count_ == count_max; }
  void add_lasting(ByteSpan bytes) { add({bytes, true}); }
  void add_fleeting(ByteSpan bytes) { add({bytes, false}); }
  std::size_t bytes() const { return bytes_; }
  const Slice* begin() const { return slices_.data(); }
  const Slice* end() const { return slices_.data() + count_; }
  void clear() { count_ = bytes_ = 0; }

 private:
  void add(Slice slice) {
    HARK_CHECK(!full());
    slices_[count_++] = slice;
    bytes_ += slice.bytes.size();
  }
  std::array<Slice, count_max> slices_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hark
