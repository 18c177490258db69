#include "base/shared_bytes.h"

#include <new>

#include "base/check.h"

namespace hark {

Ref<ByteBlock> ByteBlock::allocate(std::size_t size) {
  void* memory = ::operator new(sizeof(ByteBlock) + size);
  return Ref<ByteBlock>(new (memory) ByteBlock(size));
}

void ByteBlock::destroy(const ByteBlock* block) {
  block->~ByteBlock();
  ::operator delete(const_cast<ByteBlock*>(block));
}

SharedBytes SharedBytes::copy_of(ByteSpan bytes) {
  if (bytes.empty()) return {};
  auto block = ByteBlock::allocate(bytes.size());
  std::memcpy(block->data(), bytes.data(), bytes.size());
  return SharedBytes(std::move(block));
}

SharedBytes SharedBytes::slice(std::size_t offset, std::size_t length) const {
  HARK_CHECK(offset <= size() && length <= size() - offset);
  SharedBytes part;
  part.block_ = block_;
  part.bytes_ = bytes_.subspan(offset, length);
  return part;
}

}  // namespace hark
