#pragma once

#include <memory>
#include <optional>

#include "runtime/core_orders.h"
#include "runtime/latest.h"
#include "runtime/poller.h"
#include "runtime/tcp_listener.h"
#include "server/core.h"

namespace hark::server {

/// A core's event loop: waits for sockets, mailboxes and timers, and gives the core its turns.
///
/// Core: its own thread, from run() on. Owner: Server.
class CoreThread final : private runtime::EventHandler {
 public:
  /// Everything borrowed, except what is moved in.
  CoreThread(Core& core, runtime::Poller poller, std::unique_ptr<runtime::TcpListener> listener,
             runtime::Wake& wake, runtime::CoreOrders& orders, runtime::Latest<HttpSettingsRef>& http,
             CoreCounters& counters);

  /// Returns after CoreOrder::stop.
  void run();
  const runtime::TcpListener& listener() const { return *listener_; }

 private:
  void on_events(runtime::Events events) override;  // of the listener
  void accept(Instant now);
  void close_the_door();
  Duration wait_at_most(Instant now);
  bool obey(Instant now);
  void note_turn();

  Core& core_;
  runtime::Poller poller_;
  std::unique_ptr<runtime::TcpListener> listener_;
  runtime::Wake& wake_;
  runtime::CoreOrders& orders_;
  runtime::Latest<HttpSettingsRef>& http_;
  CoreCounters& counters_;
  std::vector<runtime::AcceptedConnection> accepted_;
  std::optional<Instant> accept_again_;  // while the process is out of descriptors
  bool knocking_ = false;
  bool draining_ = false;
  Duration cpu_time_{}, longest_{}, longest_before_{};  // of turns, in this window and the one before
  Duration cpu_at_second_{};
  Instant second_{}, window_{};
};

}  // namespace hark::server
