#pragma once

#include <cstdint>
#include <memory>

#include "protocol/http2/server_session.h"

namespace hark::protocol::http2 {

/// The fields of the header block that is arriving; a request's head once it is complete.
///
/// A connection has at most one block on the way (RFC 9113, 4.3), so a session has one of these. One
/// allocation a request, of the largest size allowed, given back by clear(): an idle connection
/// keeps none. Limits: header_list_bytes_max, header_fields_max.
class HeaderBlock final : public RequestHead {
 public:
  /// Begins a block. `keep`: false counts the fields only (trailers, whose content nobody reads).
  void begin(const SessionLimits& limits, bool keep);
  /// Adds a field, copied. False: a limit is passed and the field was not added; each field counts 32
  /// bytes more than it has (RFC 9113, 6.5.2), each crumb of a cookie as a field.
  bool add(std::string_view name, std::string_view value);
  void clear();

  std::string_view method() const override { return get(":method"); }
  std::string_view path() const override { return get(":path"); }
  std::string_view authority() const override;
  std::string_view get(std::string_view name) const override;

 private:
  struct Field {
    std::uint32_t offset, name_bytes, value_bytes;
  };
  static constexpr std::size_t overhead = 32;

  std::unique_ptr<Field[]> fields_;  // header_fields_max of them, then the bytes
  std::size_t fields_max_ = 0, bytes_max_ = 0;
  std::size_t count_ = 0, bytes_used_ = 0, list_bytes_ = 0;

  char* bytes() const { return reinterpret_cast<char*>(fields_.get() + fields_max_); }
};

}  // namespace hark::protocol::http2
