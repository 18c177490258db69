#include "tests/sim/wire.h"

#include <algorithm>

namespace hark::sim {

FakeStream::~FakeStream() {
  wire_->server_gone = true;
  // As with TCP: closing with bytes unread resets the connection, and what was under way may be lost.
  if (!wire_->to_server.empty()) wire_->to_client.clear();
  if (wire_->on_server) wire_->on_server();
}

FakeStream::Outcome FakeStream::read(std::span<std::byte> into) {
  if (wire_->broken) return {Status::failed};
  if (wire_->to_server.empty()) return {wire_->client_ended ? Status::closed : Status::would_block};
  const std::size_t taken = wire_->to_server.copy(reinterpret_cast<char*>(into.data()), into.size());
  wire_->to_server.erase(0, taken);
  return {Status::ok, taken};
}

FakeStream::Outcome FakeStream::write(std::span<const iovec> pieces) {
  if (wire_->broken) return {Status::failed};
  std::size_t room = wire_->socket_bytes - std::min(wire_->socket_bytes, wire_->to_client.size());
  std::size_t written = 0;
  for (const iovec& piece : pieces) {
    const std::size_t taken = std::min(room, piece.iov_len);
    wire_->to_client.append(static_cast<const char*>(piece.iov_base), taken);
    room -= taken;
    written += taken;
    if (taken < piece.iov_len) {
      wire_->wants_room = true;
      break;
    }
  }
  if (written == 0) return {Status::would_block};
  if (wire_->on_server) wire_->on_server();
  return {Status::ok, written};
}

void FakeStream::end() {
  wire_->server_ended = true;
  if (wire_->on_server) wire_->on_server();
}

}  // namespace hark::sim
