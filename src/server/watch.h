#pragma once

#include <optional>

#include "runtime/done_flag.h"
#include "runtime/page_store.h"
#include "runtime/signals.h"
#include "server/server.h"

namespace hark::server {

/// The main thread while the cores serve: signals, and the disk that no core may wait for.
class Watch {
 public:
  Watch(runtime::Signals& signals, runtime::Wake& wake, runtime::Poller& poller);

  /// Until a stop is asked for. `reload` is called for each SIGHUP.
  void serve(runtime::PageStore& store, runtime::AtomicPages& pages, const std::function<void()>& reload);
  /// Until the server has drained, `within` has passed, or a second stop is asked for (false).
  bool drain(Server& server, Duration within);
  enum class Awaited : std::uint8_t { done, late, stopped };
  /// Until `flag` is done, `end` has passed, or a second stop is asked for.
  Awaited await(const runtime::DoneFlag& flag, Instant end);

 private:
  struct Quiet : runtime::EventHandler {
    void on_events(runtime::Events) override {}
  };

  std::optional<runtime::SignalRequest> next(Duration timeout);
  bool pages_low(runtime::PageStore& store, runtime::AtomicPages& pages);

  runtime::Signals& signals_;
  runtime::Wake& wake_;
  runtime::Poller& poller_;
  Quiet listener_;
};

}  // namespace hark::server
