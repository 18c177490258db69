#pragma once

#include "gateway/connection.h"
#include "gateway/session_services.h"

namespace hark::gateway {

struct GatewayCounters {
  ConnectionCounters connections;
  SessionTotals sessions;
  ViewCounters views;
  FramedCache::Counters framed;
  fabric::PublisherCounters publisher;
  PinnedBytes pinned;
  Counter turns_cut;  ///< turns that ended with connections still to be written
};

/// One core's connections and subscriptions: reads, fans out, writes.
///
/// A turn is bounded: a connection is read up to `read_bytes_a_turn`, reading stops after a millisecond and
/// writing after `flush_a_turn`; what is left goes first in the next turn. Core: one. Owner: the core's
/// engine.
class Gateway final : private fabric::PublishListener {
 public:
  struct Setup {
    const Limits& limits;
    std::vector<fabric::Link*> links;  ///< to each core
    fabric::ClusterStateRef state;
    ControlClient& control;
    Pages& pages;
    HttpSettingsRef http = std::make_shared<const HttpSettings>();
    /// Makes a session on the services given.
    std::function<std::unique_ptr<Session>(SessionServices&, Protocol, SessionHost&, Instant)> sessions;
    std::function<Instant()> clock;  ///< read while writing, to end in time
    GatewayCounters& counters;
  };
  Gateway(Setup setup, Instant now);
  ~Gateway() override;

  /// A new connection. The reference is good until it closes, which is when it destroys `stream`.
  Connection& accept(std::unique_ptr<runtime::ByteStream> stream, Instant now);

  // --- parcels from owners and control ---
  void on_publish_answer(fabric::PublishAnswer answer) { publisher_.on_answer(std::move(answer)); }
  void on_registered(topic::CoreId from, fabric::Registered registered);
  void on_delivery(topic::CoreId from, fabric::Delivery delivery);
  void on_controlled(ConnectionId connection, std::uint64_t ticket, const std::optional<Error>& error);
  void apply(fabric::ClusterStateRef state);
  void apply(HttpSettingsRef http) { http_ = std::move(http); }

  // --- the turn, in this order ---
  void run_timers(Instant now);
  void read(Instant now);
  /// Serves those who waited for credit, wakes readers and writes, within the turn's budget.
  void write(Instant now);
  /// Whether another turn has work at once.
  bool has_work() const;
  /// Whether a link was full: look again soon.
  bool has_backlog() const { return views_.has_backlog(); }
  std::optional<Instant> next_timer();

  void drain(Instant now);
  /// Whether a drain is over: none of the connections that it found is left. Whoever comes during it is told
  /// to go and is not waited for: SDKs come back as soon as their streams have ended.
  bool drained() const { return draining_ && awaited_ == 0; }
  /// Cuts every connection that is left.
  void abort_all();
  std::size_t connection_count() const { return connections_.size(); }
  std::size_t publishes_under_way() const { return publisher_.under_way(); }

 private:
  using ReadList =
      boost::intrusive::list<Connection,
                             boost::intrusive::member_hook<Connection, boost::intrusive::list_member_hook<>,
                                                           &Connection::in_readable>>;
  using FlushList = boost::intrusive::list<
      Connection,
      boost::intrusive::member_hook<Connection, boost::intrusive::list_member_hook<>, &Connection::in_flush>>;
  using CreditList =
      boost::intrusive::list<Connection,
                             boost::intrusive::member_hook<Connection, boost::intrusive::list_member_hook<>,
                                                           &Connection::in_credit>>;
  using PinningList =
      boost::intrusive::list<Connection,
                             boost::intrusive::member_hook<Connection, boost::intrusive::list_member_hook<>,
                                                           &Connection::in_pinning>>;

  void on_published(const fabric::PublishOrigin& origin, const Result<Position>& result) override;
  ConnectionShared shared();
  Connection* find(ConnectionId id);
  void serve_credit(Instant now);
  bool credit_changed() const;
  void flush_one(Instant now);
  void bound_pinning();
  void destroy_closed();
  void tick(Instant now);

  struct Periodic : runtime::Timer {};
  void on_alarm(runtime::Timer& timer, Instant now);

  const Limits& limits_;
  GatewayCounters& counters_;
  fabric::ClusterStateRef state_;
  HttpSettingsRef http_;
  std::function<Instant()> clock_;
  bool draining_ = false;
  std::size_t awaited_ = 0;  // connections that the drain waits for

  fabric::Publisher publisher_;
  FramedCache cache_;
  ViewTable views_;
  InboundBudget inbound_;
  runtime::TimerWheel timers_;
  Heartbeats heartbeats_;
  SessionServices services_;
  SessionFactory sessions_;

  std::unique_ptr<std::array<std::byte, 64 << 10>> read_buffer_;
  Gather gather_;
  ConnectionShared shared_;
  SlotMap<std::unique_ptr<Connection>, fabric::ConnectionTag> connections_;
  ReadList readable_;
  FlushList flush_;
  std::size_t unwritten_ = 0;  // of flush_: those that go before readers are woken again
  CreditList waits_for_credit_;
  PinningList pinning_;  // front: pins longest
  std::vector<ConnectionId> closed_;
  std::uint64_t credit_seen_ = 0;
  unsigned ticks_ = 0;
  Periodic second_, beat_;
  Instant beat_armed_for_{};
  Instant now_;
};

}  // namespace hark::gateway
