#include "protocol/grpc/message_frame.h"

#include <array>
#include <limits>

#include "base/check.h"
#include "protocol/grpc/wire_writer.h"

namespace hark::protocol::grpc {

void append_message_frame(std::string_view message, ByteSink& out) {
  HARK_CHECK(message.size() <= std::numeric_limits<std::uint32_t>::max());
  std::array<std::byte, message_prefix_size> prefix;
  WireWriter(prefix.data()).message_prefix(message.size());
  out.append(ByteSpan(prefix));
  out.append(message);
}

ByteSpan empty_message_frame() {
  static constexpr std::array<std::byte, message_prefix_size> frame{};
  return frame;
}

}  // namespace hark::protocol::grpc
