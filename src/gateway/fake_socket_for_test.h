#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "runtime/byte_stream.h"

namespace hark::gateway::test {

/// What the kernel would hold of a connection, both ways.
struct FakeSocket {
  std::string to_server;           ///< arrived, not yet read
  std::string to_client;           ///< written, not yet taken by the client
  std::size_t room = SIZE_MAX;     ///< the most that `to_client` holds
  bool client_ended = false;       ///< behind `to_server`
  bool broken = false;
  bool server_ended = false;
  bool server_gone = false;        ///< the stream was destroyed
  bool was_full = false;           ///< a write was short: an event has to follow
  std::size_t writes = 0;
};

/// The server's end of a FakeSocket.
class FakeStream final : public runtime::ByteStream {
 public:
  explicit FakeStream(std::shared_ptr<FakeSocket> socket) : socket_(std::move(socket)) {}
  ~FakeStream() override { socket_->server_gone = true; }

  Outcome read(std::span<std::byte> into) override {
    if (socket_->broken) return {Status::failed};
    std::string& waiting = socket_->to_server;
    if (waiting.empty()) return {socket_->client_ended ? Status::closed : Status::would_block};
    const std::size_t size = std::min(into.size(), waiting.size());
    std::copy_n(waiting.begin(), size, reinterpret_cast<char*>(into.data()));
    waiting.erase(0, size);
    return {Status::ok, size};
  }
  Outcome write(std::span<const iovec> pieces) override {
    if (socket_->broken) return {Status::failed};
    ++socket_->writes;
    std::size_t moved = 0, wanted = 0;
    for (const iovec& piece : pieces) {
      wanted += piece.iov_len;
      const std::size_t room = socket_->room - std::min(socket_->room, socket_->to_client.size());
      const std::size_t size = std::min(room, piece.iov_len);
      socket_->to_client.append(static_cast<const char*>(piece.iov_base), size);
      moved += size;
    }
    socket_->was_full = socket_->was_full || moved < wanted;
    return {moved > 0 ? Status::ok : Status::would_block, moved};
  }
  void end() override { socket_->server_ended = true; }

 private:
  std::shared_ptr<FakeSocket> socket_;
};

}  // namespace hark::gateway::test
