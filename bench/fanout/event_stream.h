#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/fanout/score.h"
#include "bench/fanout/wire.h"

namespace hark::bench {

/// One text/event-stream over HTTP/1.1: takes the answer's bytes, cut anywhere, out of their chunks and
/// scores each event. Dies at any status but 200, at a discontinuity, and at a sequence number that does not
/// follow the last.
class EventStream {
 public:
  explicit EventStream(std::size_t payload_size) : payload_size_(payload_size) {}

  void feed(Bytes bytes, Score& score);

 private:
  enum class Place : std::uint8_t { head, size, chunk, chunk_end };

  std::string_view take_line(std::string_view& bytes);
  void read_head_line(std::string_view line);
  void read_size(std::string_view line);
  void read_body(std::string_view bytes, Score& score);
  void read_event_line(std::string_view line, Score& score);

  std::size_t payload_size_;
  Subscriber subscriber_;
  Place place_ = Place::head;
  std::size_t left_ = 0;       ///< of the chunk
  std::string line_;           ///< the beginning of a line of HTTP that the bytes cut
  std::string event_line_;     ///< likewise of the events
  std::uint64_t last_sequence_ = 0;
  bool confirmed_ = false;
};

/// A payload that is a text: its stamp in hexadecimal digits, then filler.
inline constexpr std::size_t text_stamp_size = 2 * stamp_size;
void write_text_stamp(char* payload, Stamp stamp);

}  // namespace hark::bench
