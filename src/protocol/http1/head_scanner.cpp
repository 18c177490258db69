#include "protocol/http1/head_scanner.h"

#include "protocol/http1/grammar.h"

namespace hark::protocol::http1 {

bool HeadScanner::fail(int status, const char* reason) {
  error_ = {status, reason};
  return false;
}

bool HeadScanner::take(char c) {
  switch (place_) {
    case Place::line_begin:
      if (lines_ > 0 && is_blank(c)) return fail(400, "folded header line");
      line_empty_ = true;
      place_ = Place::in_line;
      [[fallthrough]];
    case Place::in_line:
      if (c == '\r') {
        place_ = Place::after_cr;
        return true;
      }
      line_empty_ = false;
      return is_value_byte(c) || fail(400, "control byte in the head");
    case Place::after_cr:
      if (c != '\n') return fail(400, "CR without LF");
      place_ = Place::line_begin;
      ++lines_;
      found_ = line_empty_;
      return true;
  }
  return false;
}

HeadScanner::Outcome HeadScanner::scan(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    if (scanned_ == bytes_max_) {
      // A target that does not end within the limit is what is too long, not the fields.
      lines_ == 0 ? fail(414, "request line too long") : fail(431, "header fields too large");
      return Outcome::failed;
    }
    if (!take(bytes[scanned_])) return Outcome::failed;
    ++scanned_;
    if (found_) return Outcome::found;
  }
  return Outcome::need_more;
}

}  // namespace hark::protocol::http1
