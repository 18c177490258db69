#include "server/server.h"

#include <algorithm>

#include "runtime/clock.h"

namespace hark::server {

Server::Server(const Setup& setup)
    : limits_(setup.limits.core),
      budget_(setup.limits.connections_max),
      pages_(setup.pages),
      local_(setup.listen),
      documents_(counters_, budget_) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::open(const Setup& setup) {
  std::unique_ptr<Server> server(new Server(setup));
  if (auto opened = server->open_cores(setup); !opened) return Failure{opened.error()};
  return server;
}

Result<void> Server::open_cores(const Setup& setup) {
  const std::size_t count = setup.core_count;
  if (auto free = runtime::TcpListener::require_free(setup.listen); !free) return free;
  std::vector<runtime::Wake*> wakes;
  for (std::size_t core = 0; core < count; ++core) {
    auto wake = runtime::Wake::open();
    if (!wake) return Failure{wake.error()};
    wakes.push_back(wake->get());
    wakes_.push_back(*std::move(wake));
    counters_.push_back(std::make_unique<CoreCounters>());
  }
  mailboxes_ = std::make_unique<fabric::local::Mailboxes>(count, limits_.mailbox_slots, wakes);
  const auto& state = setup.state;
  for (std::size_t core = 0; core < count; ++core) {
    auto poller = runtime::Poller::open();
    if (!poller) return Failure{poller.error()};
    // The first takes a free port if it was asked to; the others share it.
    auto listener = runtime::TcpListener::open(local_, budget_);
    if (!listener) return Failure{listener.error()};
    local_ = (*listener)->local();
    documents_.add_listener(**listener);
    orders_.push_back(std::make_unique<runtime::CoreOrders>(*wakes_[core], setup.main_wake));
    http_.push_back(std::make_unique<runtime::Latest<HttpSettingsRef>>());
    cores_.push_back(std::make_unique<Core>(Core::Setup{.self = static_cast<topic::CoreId>(core),
                                                        .core_count = count,
                                                        .limits = limits_,
                                                        .mailboxes = *mailboxes_,
                                                        .pages = pages_,
                                                        .log = log_,
                                                        .state = state,
                                                        .documents = documents_,
                                                        .http = setup.http,
                                                        .clock = runtime::now,
                                                        .counters = *counters_[core]},
                                            runtime::now()));
    loops_.push_back(std::make_unique<CoreThread>(*cores_[core], *std::move(poller), *std::move(listener),
                                                  *wakes_[core], *orders_[core], *http_[core],
                                                  *counters_[core]));
  }
  return {};
}

void Server::start() {
  for (auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
}

void Server::reload(const HttpSettingsRef& http) {
  for (std::size_t core = 0; core < http_.size(); ++core) {
    http_[core]->give(http);
    wakes_[core]->notify();
  }
}

void Server::drain() {
  for (auto& orders : orders_) orders->give(runtime::CoreOrder::drain);
}

bool Server::drained() const {
  return std::all_of(orders_.begin(), orders_.end(), [](const auto& orders) { return orders->drained(); });
}

void Server::halt() {
  for (auto& orders : orders_) orders->give(runtime::CoreOrder::stop);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Server::stop() {
  halt();
  cores_.clear();
}

}  // namespace hark::server
