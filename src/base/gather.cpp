#include "base/gather.h"

namespace hark {

Gather::Gather(std::size_t bytes_max) : bytes_max_(bytes_max) { copied_.reserve(bytes_max); }

void Gather::append(ByteSpan bytes) {
  if (bytes.size() <= copy_bytes_max) return append_copy(bytes);
  parts_.push_back({bytes.data(), 0, bytes.size()});
  size_ += bytes.size();
}

void Gather::append_copy(ByteSpan bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  const bool continues = !parts_.empty() && parts_.back().borrowed == nullptr;
  if (continues) {
    parts_.back().size += bytes.size();
  } else {
    parts_.push_back({nullptr, copied_.size(), bytes.size()});
  }
  copied_.append(as_text(bytes));
}

std::span<const iovec> Gather::pieces() {
  iovecs_.clear();
  for (const Piece& part : parts_) {
    const std::byte* data = part.borrowed ? part.borrowed : as_byte_span(copied_).data() + part.offset;
    iovecs_.push_back({const_cast<std::byte*>(data), part.size});
  }
  return iovecs_;
}

void Gather::copy_from(std::size_t offset, std::string& out) {
  for (const iovec& piece : pieces()) {
    if (offset >= piece.iov_len) {
      offset -= piece.iov_len;
      continue;
    }
    out.append(static_cast<const char*>(piece.iov_base) + offset, piece.iov_len - offset);
    offset = 0;
  }
}

void Gather::clear() {
  size_ = 0;
  copied_.clear();
  parts_.clear();
}

}  // namespace hark
