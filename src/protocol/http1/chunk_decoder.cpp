#include "protocol/http1/chunk_decoder.h"

#include <algorithm>

#include "protocol/http1/grammar.h"

namespace hark::protocol::http1 {
namespace {

constexpr unsigned digits_max = 16;  // of a 64-bit size: more cannot overflow it nor flood with zeros

/// The value of a hexadecimal digit, -1 for any other byte.
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::step(ByteSpan bytes) {
  for (std::size_t used = 0; used < bytes.size();) {
    if (place_ == Place::data) {
      const ByteSpan rest = bytes.subspan(used);
      const ByteSpan data = rest.first(std::min<std::uint64_t>(left_, rest.size()));
      left_ -= data.size();
      if (left_ == 0) place_ = Place::data_cr;
      return {Outcome::data, used + data.size(), data};
    }
    if (!take(static_cast<char>(bytes[used++]))) return {Outcome::failed, used, {}};
    if (place_ == Place::done) return {Outcome::done, used, {}};
  }
  return {Outcome::need_more, bytes.size(), {}};
}

bool ChunkDecoder::take(char c) {
  switch (place_) {
    case Place::size_begin:
      if (hex_value(c) < 0) return fail(400, "malformed chunk size");
      digits_ = 0;
      left_ = 0;
      extension_bytes_ = 0;
      place_ = Place::size;
      [[fallthrough]];
    case Place::size: return take_size(c);
    case Place::extension: return c == '\r' ? take_size_end() : take_extension(c);
    case Place::size_lf: return expect(c, '\n', left_ == 0 ? Place::trailer_begin : Place::data);
    case Place::data_cr: return expect(c, '\r', Place::data_lf);
    case Place::data_lf: return expect(c, '\n', Place::size_begin);
    case Place::trailer_begin:
    case Place::trailer_name:
    case Place::trailer_value:
    case Place::trailer_lf:
    case Place::last_lf: return take_trailer(c);
    case Place::data:
    case Place::done: break;
  }
  return fail(400, "bytes after the body");
}

bool ChunkDecoder::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > digits_max) return fail(400, "chunk size too long");
    left_ = left_ << 4 | static_cast<unsigned>(value);
    return true;
  }
  if (c == '\r') return take_size_end();
  // RFC 9112, 7.1.1 lets blanks stand before the semicolon only for what is bad already.
  if (c != ';') return fail(400, "malformed chunk size");
  place_ = Place::extension;
  return take_extension(c);
}

bool ChunkDecoder::take_extension(char c) {
  if (++extension_bytes_ > limits_.extension_bytes_max) return fail(400, "chunk extension too long");
  // Else a body of many small chunks could cost hundreds of times the bytes that it is allowed.
  if (++all_extension_bytes_ > limits_.all_extensions_max) return fail(400, "chunk extensions too long");
  return is_value_byte(c) || fail(400, "control byte in a chunk extension");
}

bool ChunkDecoder::take_size_end() {
  // Refused before a byte of the chunk is taken. body_bytes_ <= the limit, so this cannot overflow.
  if (left_ > limits_.body_bytes_max - body_bytes_) return fail(413, "body too large");
  body_bytes_ += left_;
  place_ = Place::size_lf;
  return true;
}

bool ChunkDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes_max) return fail(431, "trailer fields too large");
  if (place_ == Place::trailer_lf) return expect(c, '\n', Place::trailer_begin);
  if (place_ == Place::last_lf) return expect(c, '\n', Place::done);
  if (place_ == Place::trailer_value) {
    if (c == '\r') place_ = Place::trailer_lf;
    return c == '\r' || is_value_byte(c) || fail(400, "control byte in a trailer");
  }
  const bool begins = place_ == Place::trailer_begin;
  if (begins && c == '\r') {
    place_ = Place::last_lf;
    return true;
  }
  if (!begins && c == ':') {
    place_ = Place::trailer_value;
    return true;
  }
  place_ = Place::trailer_name;
  return is_token_byte(c) || fail(400, "malformed trailer");
}

bool ChunkDecoder::expect(char c, char expected, Place next) {
  place_ = next;
  return c == expected || fail(400, "malformed chunk");
}

bool ChunkDecoder::fail(int status, const char* reason) {
  error_ = {status, reason};
  return false;
}

}  // namespace hark::protocol::http1
