#include "server/watch.h"

#include "base/log.h"
#include "runtime/clock.h"

namespace hark::server {

Watch::Watch(runtime::Signals& signals, runtime::Wake& wake, runtime::Poller& poller)
    : signals_(signals), wake_(wake), poller_(poller) {
  HARK_CHECK(poller_.add(wake_.fd(), wake_).has_value());
  HARK_CHECK(poller_.add_level(signals_.fd(), listener_).has_value());
}

void Watch::serve(runtime::PageStore& store, runtime::AtomicPages& pages,
                  const std::function<void()>& reload) {
  while (true) {
    const bool retry = pages_low(store, pages);
    const auto request = next(retry ? Duration(1s) : Duration::max());
    if (request == runtime::SignalRequest::stop) return;
    if (request == runtime::SignalRequest::reload) reload();
  }
}

bool Watch::drain(Server& server, Duration within) {
  const Instant end = runtime::now() + within;
  server.drain();
  while (!server.drained()) {
    const Duration left = end - runtime::now();
    if (left <= Duration{0}) break;
    if (next(left) == runtime::SignalRequest::stop) return false;
  }
  return true;
}

Watch::Awaited Watch::await(const runtime::DoneFlag& flag, Instant end) {
  while (!flag.done()) {
    const Duration left = end - runtime::now();
    if (left <= Duration{0}) return Awaited::late;
    if (next(std::min<Duration>(left, 100ms)) == runtime::SignalRequest::stop) return Awaited::stopped;
  }
  return Awaited::done;
}

std::optional<runtime::SignalRequest> Watch::next(Duration timeout) {
  wake_.prepare_to_sleep();
  poller_.wait(timeout);
  wake_.awake();
  return signals_.wait(Duration{0});
}

/// Reserves more pages when few are left. True: that failed, try again soon.
bool Watch::pages_low(runtime::PageStore& store, runtime::AtomicPages& pages) {
  if (!pages.low()) return false;
  if (auto reserved = store.reserve_more(); !reserved) {
    log_error("cannot reserve sequence pages: {}", reserved.error().context);
    pages.ask_again();
    return true;
  }
  pages.extend(store.last());
  return false;
}

}  // namespace hark::server
