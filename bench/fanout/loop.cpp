#include "bench/fanout/loop.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hark::bench {

Connection::Connection(Loop& loop, std::uint16_t port, bool counts_reads)
    : loop_(loop), fd_(connect_loopback(port)), counts_reads_(counts_reads) {
  make_nonblocking(fd_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = this;
  if (epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) die("epoll_ctl failed");
}

Connection::~Connection() { close(fd_); }

void Connection::watch(bool writable) {
  if (writable == watching_writable_) return;
  watching_writable_ = writable;
  epoll_event event{};
  event.events = EPOLLIN;
  if (writable) event.events |= EPOLLOUT;
  event.data.ptr = this;
  if (epoll_ctl(loop_.epoll_, EPOLL_CTL_MOD, fd_, &event) != 0) die("epoll_ctl failed");
}

void Connection::flush() {
  while (!outgoing_.empty()) {
    const auto sent = ::send(fd_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      outgoing_.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      die(fmt::format("send: {}", std::strerror(errno)));
    }
  }
  watch(!outgoing_.empty());
}

void Connection::receive() {
  // A full buffer means that more may wait. Read it now: publishing goes on after the turn, so a
  // reader that took less each turn than a turn publishes would fall behind for ever.
  ssize_t got = 0;
  do {
    got = recv(fd_, loop_.buffer_.get(), Loop::buffer_size, 0);
    if (got > 0) {
      loop_.score_.received_at = now_nanoseconds();
      if (counts_reads_) ++loop_.score_.reads;
      on_bytes({loop_.buffer_.get(), static_cast<std::size_t>(got)});
    } else if (got == 0) {
      die("the server closed a connection");
    } else if (errno != EAGAIN && errno != EINTR) {
      die(fmt::format("recv: {}", std::strerror(errno)));
    }
  } while (got == static_cast<ssize_t>(Loop::buffer_size));
}

Loop::Loop(Score& score) : score_(score), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) die("epoll_create1 failed");
}

Loop::~Loop() { close(epoll_); }

void Loop::turn(int timeout_ms) {
  std::array<epoll_event, 2048> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) connection.flush();
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) continue;
    connection.receive();
  }
}

}  // namespace hark::bench
