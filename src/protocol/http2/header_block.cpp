#include "protocol/http2/header_block.h"

#include <algorithm>

namespace hark::protocol::http2 {

void HeaderBlock::begin(const SessionLimits& limits, bool keep) {
  clear();
  fields_max_ = limits.header_fields_max;
  bytes_max_ = limits.header_list_bytes_max;
  if (!keep) return;
  const std::size_t for_bytes = (bytes_max_ + sizeof(Field) - 1) / sizeof(Field);
  fields_ = std::make_unique_for_overwrite<Field[]>(fields_max_ + for_bytes);
}

bool HeaderBlock::add(std::string_view name, std::string_view value) {
  const std::size_t size = name.size() + value.size();
  if (count_ == fields_max_ || list_bytes_ + size + overhead > bytes_max_) return false;
  list_bytes_ += size + overhead;
  const std::size_t index = count_++;
  if (!fields_) return true;
  fields_[index] = {static_cast<std::uint32_t>(bytes_used_), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  char* const end = std::copy(name.begin(), name.end(), bytes() + bytes_used_);
  std::copy(value.begin(), value.end(), end);
  bytes_used_ += size;
  return true;
}

void HeaderBlock::clear() {
  fields_.reset();
  count_ = bytes_used_ = list_bytes_ = 0;
}

std::string_view HeaderBlock::authority() const {
  const std::string_view authority = get(":authority");
  return authority.empty() ? get("host") : authority;  // RFC 9113, 8.3.1: either may name it
}

std::string_view HeaderBlock::get(std::string_view name) const {
  if (!fields_) return {};
  for (std::size_t i = 0; i < count_; ++i) {
    const Field& field = fields_[i];
    const char* const at = bytes() + field.offset;
    if (std::string_view(at, field.name_bytes) == name) { return {at + field.name_bytes, field.value_bytes}; }
  }
  return {};
}

}  // namespace hark::protocol::http2
