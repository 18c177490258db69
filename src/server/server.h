#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "runtime/atomic_pages.h"
#include "runtime/core_orders.h"
#include "runtime/endpoint.h"
#include "runtime/latest.h"
#include "server/core_thread.h"
#include "server/documents.h"
#include "server/machine_limits.h"
#include "server/process_pages.h"

namespace hark::server {

/// All cores of a process and what they share. Built, started, drained and stopped by the main thread.
class Server {
 public:
  struct Setup {
    runtime::Endpoint listen;
    std::size_t core_count;
    MachineLimits limits;
    runtime::AtomicPages& pages;
    runtime::Wake& main_wake;
    fabric::ClusterStateRef state;  ///< what all cores begin with
    HttpSettingsRef http;
  };

  /// Listens; nothing is accepted before start(). An error says what cannot be had.
  static Result<std::unique_ptr<Server>> open(const Setup& setup);
  ~Server();

  void start();
  /// Every core takes them in one of its next turns.
  void reload(const HttpSettingsRef& http);
  void drain();
  bool drained() const;
  /// Cuts what is left and joins the threads.
  void stop();
  /// Cuts what is left and joins the threads; cores and their topics stay until stop().
  void halt();
  /// Of a server whose threads do not run.
  Core& core(std::size_t number) { return *cores_[number]; }

  const runtime::Endpoint& local() const { return local_; }
  std::size_t connections_max() const { return budget_.connections_max(); }

 private:
  explicit Server(const Setup& setup);
  Result<void> open_cores(const Setup& setup);

  Limits limits_;
  runtime::ConnectionBudget budget_;
  ProcessPages pages_;
  fabric::ImmediateLog log_;
  runtime::Endpoint local_;
  std::vector<std::unique_ptr<CoreCounters>> counters_;
  Documents documents_;
  std::vector<std::unique_ptr<runtime::Wake>> wakes_;
  std::unique_ptr<fabric::local::Mailboxes> mailboxes_;
  std::vector<std::unique_ptr<runtime::CoreOrders>> orders_;
  std::vector<std::unique_ptr<runtime::Latest<HttpSettingsRef>>> http_;
  // A loop's poller is used by its core's connections, so the cores go first.
  std::vector<std::unique_ptr<CoreThread>> loops_;
  std::vector<std::unique_ptr<Core>> cores_;
  std::vector<std::thread> threads_;
};

}  // namespace hark::server
