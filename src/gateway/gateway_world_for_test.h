#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fabric/fakes_for_test.h"
#include "fabric/local/mailboxes.h"
#include "fabric/owner.h"
#include "gateway/fake_socket_for_test.h"
#include "gateway/gateway.h"
#include "gateway/http/http_session.h"
#include "gateway/http2/http2_session.h"

namespace hark::gateway::test {

/// Control requests that wait for the test to answer them.
struct FakeControl final : ControlClient {
  struct Asked {
    fabric::ControlRequest::Verb verb;
    std::string name;
    ConnectionId connection;
    std::uint64_t ticket;
  };
  std::vector<Asked> asked;
  std::size_t room = SIZE_MAX;

  bool request(fabric::ControlRequest::Verb verb, std::string_view name, ConnectionId connection,
               std::uint64_t ticket) override {
    if (asked.size() >= room) return false;
    asked.push_back({verb, std::string(name), connection, ticket});
    return true;
  }
};

/// /page says how often it was asked; /ready whether the core is; /large has `large` bytes.
struct FakePages final : Pages {
  std::size_t asked = 0;
  std::size_t large = 100'000;

  Page get(std::string_view path, bool ready) override {
    ++asked;
    if (path == "/ready") return {ready ? 200 : 503, "text/plain", ready ? "ready\n" : "draining\n"};
    if (path == "/large") return {200, "text/plain", std::string(large, 'x')};
    if (path == "/page") return {200, "text/plain", "page\n"};
    return {};
  }
};

/// One core without a thread, a socket or a clock: a gateway with the owner of all topics, on virtual time.
class GatewayWorld {
 public:
  explicit GatewayWorld(const Limits& with = {})
      : limits(with),
        state(first_state()),
        mailboxes(1, limits.mailbox_slots, {}),
        owner(0, limits, pages, log, mailboxes.links_from(0), state, owner_counters),
        gateway({.limits = limits,
                 .links = mailboxes.links_from(0),
                 .state = state,
                 .control = control,
                 .pages = documents,
                 .sessions = make_session,
                 .clock = [this] { return clock_reads(); },
                 .counters = counters},
                now) {}

  /// One turn as the core's engine takes it.
  void turn() {
    ++turns_taken;
    gateway.run_timers(now);
    gateway.read(now);
    if (!owner_sleeps) take_parcels();
    gateway.write(now);
  }
  /// Turns until nothing is left to do at this instant.
  void settle() {
    for (int turns = 0; turns == 0 || has_work(); ++turns) {
      ASSERT_LT(turns, 100'000) << "the core never rests";
      turn();
    }
  }
  bool has_work() { return gateway.has_work() || (!owner_sleeps && mailboxes.inbox(0, 0).front()); }
  /// Time passes, with a turn at each timer.
  void pass(Duration duration) {
    const Instant end = now + duration;
    for (int turns = 0;; ++turns) {
      const auto due = gateway.next_timer();
      if (!due || *due > end) break;
      ASSERT_LT(turns, 1'000'000);
      now = std::max(now, *due);
      settle();
    }
    now = end;
    settle();
  }
  void apply(const std::function<void(fabric::ClusterState&)>& change) {
    auto next = std::make_shared<fabric::ClusterState>(*state);
    ++next->version;
    change(*next);
    state = next;
    owner.apply(state, now);
    gateway.apply(state);
  }
  void create_namespace(const std::string& name) {
    apply([&](fabric::ClusterState& to) { to.namespaces[name] = {.id = 100 + to.version}; });
  }
  void delete_namespace(const std::string& name) {
    apply([&](fabric::ClusterState& to) { to.namespaces.erase(name); });
  }

  Limits limits;
  Instant now{1000s};
  Duration clock_step{0};   ///< how far the clock goes on each time that writing looks at it
  bool owner_sleeps = false;
  std::size_t turns_taken = 0;
  fabric::FakePages pages;
  fabric::ImmediateLog log;
  fabric::ClusterStateRef state;
  fabric::local::Mailboxes mailboxes;
  fabric::OwnerCounters owner_counters;
  fabric::Owner owner;
  FakeControl control;
  test::FakePages documents;
  GatewayCounters counters;
  Gateway gateway;

 private:
  static fabric::ClusterStateRef first_state() {
    auto state = std::make_shared<fabric::ClusterState>();
    state->version = 1;
    state->namespaces["default"] = {.id = 1};
    state->owners = std::make_shared<topic::OwnerMap>(1, std::vector<double>{1.0});
    return state;
  }
  static std::unique_ptr<Session> make_session(SessionServices& services, Protocol protocol,
                                               SessionHost& host, Instant at) {
    if (protocol == Protocol::http1) return std::make_unique<http::HttpSession>(services, host, at);
    return std::make_unique<http2::Http2Session>(services, host, at);
  }
  Instant clock_reads() {
    clock_ += clock_step;
    return now + clock_;
  }
  void take_parcels() {
    owner.pump();
    auto& inbox = mailboxes.inbox(0, 0);
    while (fabric::Parcel* const front = inbox.front()) {
      fabric::Parcel parcel = std::move(*front);
      inbox.pop();
      std::visit([&](auto&& one) { take(std::move(one)); }, std::move(parcel));
      owner.pump();
    }
  }
  void take(std::monostate) {}
  void take(fabric::Publish p) { owner.on_publish(0, std::move(p), now); }
  void take(fabric::Register p) { owner.on_register(0, std::move(p), now); }
  void take(fabric::Unregister p) { owner.on_unregister(p.interest); }
  void take(fabric::BatchTaken p) { owner.on_batch_taken(p.interest); }
  void take(fabric::PublishAnswer p) { gateway.on_publish_answer(std::move(p)); }
  void take(fabric::Registered p) { gateway.on_registered(0, std::move(p)); }
  void take(fabric::Delivery p) { gateway.on_delivery(0, std::move(p)); }
  void take(fabric::Transfer) { FAIL() << "one core has nobody to hand over to"; }
  void take(fabric::TransferForgotten p) { owner.on_transfer_forgotten(std::move(p)); }
  void take(fabric::TransferDone p) { owner.on_transfer_done(0, p, now); }
  template <typename T>
  void take(T) {
    FAIL() << "control is played by the test";
  }

  Duration clock_{0};
};

/// A client's socket and the connection that serves it.
class Peer {
 public:
  explicit Peer(GatewayWorld& world)
      : world_(world),
        socket_(std::make_shared<FakeSocket>()),
        connection_(&world.gateway.accept(std::make_unique<FakeStream>(socket_), world.now)) {}

  FakeSocket& socket() { return *socket_; }
  Connection& connection() { return *connection_; }
  bool gone() const { return socket_->server_gone; }

  void send(std::string_view bytes) {
    if (gone()) return;
    socket_->to_server.append(bytes);
    connection_->readable();
  }
  void end() {
    socket_->client_ended = true;
    if (!gone()) connection_->readable(true);
  }
  void cut() {
    socket_->broken = true;
    if (!gone()) connection_->readable(true);
  }
  /// Takes up to `bytes_max` of what was written; the kernel tells the server of the room.
  std::string take(std::size_t bytes_max = SIZE_MAX) {
    std::string taken = socket_->to_client.substr(0, bytes_max);
    socket_->to_client.erase(0, taken.size());
    if (!taken.empty() && std::exchange(socket_->was_full, false) && !gone()) connection_->writable();
    return taken;
  }
  /// Sends, and gives the answer of a core at rest.
  std::string ask(std::string_view bytes) {
    send(bytes);
    world_.settle();
    return take();
  }

 private:
  GatewayWorld& world_;
  std::shared_ptr<FakeSocket> socket_;
  Connection* connection_;
};

}  // namespace hark::gateway::test
