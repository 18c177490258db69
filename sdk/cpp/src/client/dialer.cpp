#include "client/dialer.h"

#include <netdb.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "client/tcp_transport.h"

namespace hark::client {

Dialer::Dialer(const Address& address, std::shared_ptr<runtime::Wake> wake, Instant now, Instant deadline)
    : address_(address), deadline_(deadline), look_up_(std::make_shared<LookUp>()) {
  look_up(address_, AI_NUMERICHOST, *look_up_);
  if (look_up_->error.empty()) {
    look_up_->done = true;
  } else {
    look_up_->error.clear();
    try {
      std::thread([address, wake = std::move(wake), result = look_up_] {
        look_up(address, AI_ADDRCONFIG, *result);
        {
          const std::lock_guard lock(result->mutex);
          result->done = true;
        }
        wake->notify();
      }).detach();
    } catch (const std::system_error& error) {
      look_up_->error = error.what();
      look_up_->done = true;
    }
  }
  advance(now);
}

void Dialer::look_up(const Address& address, int flags, LookUp& result) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  const std::lock_guard lock(result.mutex);
  if (error != 0) {
    result.error = ::gai_strerror(error);
    return;
  }
  for (const addrinfo* at = found; at; at = at->ai_next) {
    Target& target = result.targets.emplace_back();
    std::memcpy(&target.address, at->ai_addr, at->ai_addrlen);
    target.size = at->ai_addrlen;
  }
  ::freeaddrinfo(found);
}

Dialer::State Dialer::advance(Instant now) {
  if (!why_.empty()) return State::failed;
  if (!targets_) {
    const std::lock_guard lock(look_up_->mutex);
    if (!look_up_->done) return now >= deadline_ ? fail("the name was not found in time") : State::busy;
    if (!look_up_->error.empty()) return fail(look_up_->error);
    targets_ = std::move(look_up_->targets);
  }
  std::string last;
  while (true) {
    if (!socket_ && !begin_next(now)) return fail(last.empty() ? "no address" : last);
    pollfd ready{socket_.get(), POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 1) {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return State::connected;
      last = std::generic_category().message(error);
    } else if (now >= attempt_deadline_) {
      last = "no answer in time";
    } else {
      return State::busy;
    }
    socket_.close();
  }
}

/// Begins with the next address. Each has its share of the time that is left. False: there is none.
bool Dialer::begin_next(Instant now) {
  while (next_ < targets_->size()) {
    const auto share = (deadline_ - now) / static_cast<Duration::rep>(targets_->size() - next_);
    attempt_deadline_ = now + share;
    const Target& target = (*targets_)[next_++];
    runtime::Fd socket(::socket(target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) continue;
    // What it says now, poll and SO_ERROR say again.
    const int begun =
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&target.address), target.size);
    if (begun != 0 && errno != EINPROGRESS && errno != EINTR && next_ < targets_->size()) continue;
    socket_ = std::move(socket);
    return true;
  }
  return false;
}

std::unique_ptr<Transport> Dialer::take() { return std::make_unique<TcpTransport>(std::move(socket_)); }
std::string Dialer::why() const { return why_; }

Dialer::State Dialer::fail(std::string why) {
  why_ = "cannot connect to " + address_.authority + ": " + std::move(why);
  return State::failed;
}

}  // namespace hark::client
