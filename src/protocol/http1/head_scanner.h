#pragma once

#include <string_view>

#include "protocol/http1/request_head.h"

namespace hark::protocol::http1 {

/// Finds where a head ends, byte by byte, so that it gives the same answer however the bytes are cut, and
/// refuses at once what no later byte can heal: a bare CR or LF, a control byte, a folded line.
class HeadScanner {
 public:
  /// `bytes_max`: of the head with its empty line.
  explicit HeadScanner(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  enum class Outcome : std::uint8_t { need_more, found, failed };

  /// Looks on in `bytes`, all of the head so far, where the last call stopped. On `found` the head is
  /// the first size() bytes, the empty line included.
  Outcome scan(std::string_view bytes);

  std::size_t size() const { return scanned_; }
  const RequestError& error() const { return error_; }  ///< after `failed`

 private:
  enum class Place : std::uint8_t { line_begin, in_line, after_cr };

  bool take(char c);
  bool fail(int status, const char* reason);

  std::size_t bytes_max_;
  std::size_t scanned_ = 0;
  std::size_t lines_ = 0;
  Place place_ = Place::line_begin;
  bool line_empty_ = true;
  bool found_ = false;
  RequestError error_;
};

}  // namespace hark::protocol::http1
