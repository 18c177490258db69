#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/shared_bytes.h"

namespace hark {

/// Where encoders put their bytes. Small private items (a notice, an answer) are built in one.
class ByteSink {
 public:
  void append(ByteSpan bytes) { bytes_.append(as_text(bytes)); }
  void append(std::string_view text) { bytes_.append(text); }
  void push(std::byte byte) { bytes_.push_back(static_cast<char>(byte)); }
  void clear() { bytes_.clear(); }
  ByteSpan span() const { return as_byte_span(bytes_); }
  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

}  // namespace hark
