#include "gateway/http/body_writer.h"

#include <array>
#include <charconv>

namespace hark::gateway::http {
namespace {

constexpr std::string_view line_end = "\r\n", last_chunk = "0\r\n\r\n";
constexpr std::size_t chunk_overhead = sizeof(std::size_t) * 2 + 2 * line_end.size();
/// Less is not worth a chunk of its own: the rest goes with the next write.
constexpr std::size_t room_least = chunk_overhead + 64;

}  // namespace

BodyWriter::Written BodyWriter::write(Gather& out) {
  while (out.room() >= room_least) {
    Slices slices;
    const Written pulled = body_->pull(out.room() - chunk_overhead, slices);
    if (slices.bytes() > 0) append_chunk(slices, out);
    if (pulled == Written::end && chunked_) out.append_copy(as_byte_span(last_chunk));
    if (pulled != Written::more) return pulled;
  }
  return Written::more;
}

void BodyWriter::append_chunk(const Slices& slices, Gather& out) const {
  if (chunked_) {
    std::array<char, chunk_overhead> head;
    char* const digits_end = std::to_chars(head.data(), head.data() + head.size(), slices.bytes(), 16).ptr;
    char* const end = std::copy(line_end.begin(), line_end.end(), digits_end);
    out.append_copy(as_byte_span({head.data(), end}));
  }
  for (const Slices::Slice& slice : slices) {
    if (slice.lasting)
      out.append(slice.bytes);
    else
      out.append_copy(slice.bytes);
  }
  if (chunked_) out.append_copy(as_byte_span(line_end));
}

}  // namespace hark::gateway::http
