#include "runtime/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/check.h"

namespace hark::runtime {
namespace {

ByteStream::Outcome failed_outcome() {
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
  return {later ? ByteStream::Status::would_block : ByteStream::Status::failed};
}

std::size_t sum(std::span<const iovec> pieces) {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

ssize_t send_pieces(int fd, std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg reads it only
  message.msg_iovlen = pieces.size();
  ssize_t sent;
  do { sent = ::sendmsg(fd, &message, MSG_NOSIGNAL); } while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace

TcpStream::TcpStream(Fd socket, ConnectionBudget::Permit permit)
    : socket_(std::move(socket)), permit_(std::move(permit)) {
  const int on = 1;
  // Fails only on a socket that the peer has broken already; the next read tells.
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ByteStream::Outcome TcpStream::read(std::span<std::byte> into) {
  HARK_CHECK(!into.empty());
  ssize_t received;
  do {
    received = ::recv(socket_.get(), into.data(), into.size(), 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return failed_outcome();
  if (received == 0) return {Status::closed};
  return {Status::ok, static_cast<std::size_t>(received)};
}

// Fails only on a socket that is broken already; the next read tells.
void TcpStream::end() { ::shutdown(socket_.get(), SHUT_WR); }

ByteStream::Outcome TcpStream::write(std::span<const iovec> pieces) {
  std::size_t written = 0;
  while (!pieces.empty()) {
    // The kernel takes IOV_MAX pieces in one call.
    const auto batch = pieces.first(std::min<std::size_t>(pieces.size(), IOV_MAX));
    const ssize_t sent = send_pieces(socket_.get(), batch);
    if (sent < 0) {
      if (written > 0) break;  // the next write tells why
      return failed_outcome();
    }
    written += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < sum(batch)) break;
    pieces = pieces.subspan(batch.size());
  }
  if (written == 0) return {Status::would_block};  // there was nothing to write
  return {Status::ok, written};
}

}  // namespace hark::runtime
