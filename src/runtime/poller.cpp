#include "runtime/poller.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/check.h"
#include "runtime/system_error.h"

namespace hark::runtime {
namespace {

int to_epoll_timeout(Duration timeout) {
  if (timeout == Duration::max()) return -1;
  // Rounded up: a wait that ends just before a timer is due would spin until it is.
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, Duration{0}));
  return static_cast<int>(std::min<std::int64_t>(rounded.count(), INT_MAX));
}

}  // namespace

Result<Poller> Poller::open() {
  Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail_errno("epoll_create1");
  return Poller(std::move(epoll));
}

Result<void> Poller::add(int fd, EventHandler& handler) {
  return add_watch(fd, handler, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

Result<void> Poller::add_level(int fd, EventHandler& handler) { return add_watch(fd, handler, EPOLLIN); }

Result<void> Poller::add_watch(int fd, EventHandler& handler, std::uint32_t events) {
  HARK_CHECK(fd >= 0);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watches_.size()) watches_.resize(std::max(index + 1, watches_.size() * 2));
  Watch& watch = watches_[index];
  HARK_CHECK(watch.handler == nullptr);
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{watch.generation} << 32 | static_cast<std::uint32_t>(fd);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("epoll_ctl");
  watch.handler = &handler;
  return {};
}

void Poller::remove(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  HARK_CHECK(index < watches_.size() && watches_[index].handler != nullptr);
  watches_[index].handler = nullptr;
  ++watches_[index].generation;
  HARK_CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0);
}

std::size_t Poller::wait(Duration timeout) {
  const int count =
      epoll_wait(epoll_.get(), batch_.data(), static_cast<int>(batch_.size()), to_epoll_timeout(timeout));
  if (count < 0) {
    HARK_CHECK(errno == EINTR);  // the rest are wrong arguments
    return 0;
  }
  const auto size = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < size; ++i) dispatch(batch_[i]);
  return size;
}

void Poller::dispatch(const epoll_event& event) {
  const Watch watch = watches_[static_cast<std::uint32_t>(event.data.u64)];
  if (watch.handler == nullptr || watch.generation != event.data.u64 >> 32) return;
  const bool broken = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
  watch.handler->on_events({
      .readable = broken || (event.events & (EPOLLIN | EPOLLRDHUP)) != 0,
      .writable = broken || (event.events & EPOLLOUT) != 0,
      .hangup = broken || (event.events & EPOLLRDHUP) != 0,
  });
}

}  // namespace hark::runtime
