#include "client/tcp_transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace hark::client {
namespace {

Transport::Outcome failed(std::string_view what) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Transport::Status::would_block};
  return {Transport::Status::failed, 0, words_of_errno(what, errno)};
}

}  // namespace

std::string words_of_errno(std::string_view what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error);
}

TcpTransport::TcpTransport(runtime::Fd socket) : socket_(std::move(socket)) {
  const int on = 1;
  // Fails only on a socket that is broken already; the next read tells.
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Transport::Outcome TcpTransport::read(std::span<std::byte> into) {
  ssize_t received;
  do {
    received = ::recv(socket_.get(), into.data(), into.size(), 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return failed("reading");
  if (received == 0) return {Status::closed};
  return {Status::ok, static_cast<std::size_t>(received)};
}

Transport::Outcome TcpTransport::write(std::string_view bytes) {
  ssize_t sent;
  do {
    sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return failed("writing");
  return {Status::ok, static_cast<std::size_t>(sent)};
}

}  // namespace hark::client
