#pragma once

#include <cstdint>

#include "base/shared_bytes.h"
#include "protocol/http1/request_head.h"

namespace hark::protocol::http1 {

/// Takes the chunked coding off a body (RFC 9112, 7.1), cut anywhere, keeping no bytes. Trailer fields are
/// checked and dropped.
class ChunkDecoder {
 public:
  struct Limits {
    std::uint64_t body_bytes_max = 0;           ///< past it: 413
    std::size_t extension_bytes_max = 256;      ///< of one chunk, with its semicolon; past it: 400
    std::size_t all_extensions_max = 4 << 10;   ///< bytes of all of a body's; past it: 400
    std::size_t trailer_bytes_max = 8 << 10;    ///< all trailer fields with the last CRLF; past it: 431
  };
  explicit ChunkDecoder(Limits limits) : limits_(limits) {}

  enum class Outcome : std::uint8_t { need_more, data, done, failed };
  struct Step {
    Outcome outcome;
    std::size_t used;  ///< of `bytes`, `data` included
    ByteSpan data;     ///< after `data`: at least one byte, within `bytes`
  };

  /// Decodes up to the next piece of data, the end of the body, the error, or the end of `bytes`.
  Step step(ByteSpan bytes);

  const RequestError& error() const { return error_; }  ///< after `failed`

 private:
  enum class Place : std::uint8_t {
    size_begin,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
  };

  bool take(char c);
  bool take_size(char c);
  bool take_size_end();
  bool take_extension(char c);
  bool take_trailer(char c);
  bool expect(char c, char expected, Place next);
  bool fail(int status, const char* reason);

  Limits limits_;
  Place place_ = Place::size_begin;
  std::uint64_t left_ = 0;  // of the chunk: its size while that is read, then what is still to come
  std::uint64_t body_bytes_ = 0;
  unsigned digits_ = 0;
  std::size_t extension_bytes_ = 0, all_extension_bytes_ = 0, trailer_bytes_ = 0;
  RequestError error_;
};

}  // namespace hark::protocol::http1
