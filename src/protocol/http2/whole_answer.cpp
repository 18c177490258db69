#include "protocol/http2/whole_answer.h"

#include <algorithm>

namespace hark::protocol::http2 {

WholeAnswer::WholeAnswer(ByteSpan body, std::span<const Header> trailers) : body_bytes_(body.size()) {
  std::size_t size = body.size();
  for (const Header& header : trailers) size += header.name.size() + header.value.size();
  bytes_.reserve(size);
  bytes_.append(as_text(body));
  fields_.reserve(trailers.size());
  for (const Header& header : trailers) {
    bytes_.append(header.name).append(header.value);
    fields_.push_back({header.name.size(), header.value.size()});
  }
}

BodySource::Pulled WholeAnswer::pull(std::size_t bytes_max, Slices& out) {
  const std::size_t bytes = std::min(bytes_max, body_bytes_ - sent_);
  // Fleeting: the stream, and this with it, may end before its last frame reaches the socket.
  if (bytes > 0) out.add_fleeting(as_byte_span(bytes_).subspan(sent_, bytes));
  sent_ += bytes;
  return sent_ == body_bytes_ ? Pulled::end : Pulled::more;
}

void WholeAnswer::trailers(std::vector<Header>& out) {
  std::string_view rest = std::string_view(bytes_).substr(body_bytes_);
  for (const Field& field : fields_) {
    out.push_back({rest.substr(0, field.name_bytes), rest.substr(field.name_bytes, field.value_bytes)});
    rest.remove_prefix(field.name_bytes + field.value_bytes);
  }
}

}  // namespace hark::protocol::http2
