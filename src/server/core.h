#pragma once

#include <memory>
#include <vector>

#include "control/control_plane.h"
#include "fabric/local/mailboxes.h"
#include "fabric/owner.h"
#include "gateway/gateway.h"

namespace hark::server {

/// What one core counts. Written by its thread, read by whoever serves /metrics.
struct CoreCounters {
  gateway::GatewayCounters gateway;
  fabric::OwnerCounters owner;
  Gauge mailbox_depth;       ///< parcels that waited for this core when its last turn began
  Counter parcels;           ///< taken from mailboxes
  Counter turns;
  Counter busy_nanoseconds;  ///< CPU time of the core's thread
  Gauge busy_permille;             ///< share of the last second that the thread was on a CPU
  Gauge longest_turn_nanoseconds;  ///< CPU time, of the last 30 to 60 s
};

/// One core's engine: its owner of topics, its gateway, and on core 0 the control plane. Without a thread,
/// a socket or a clock: a turn is a call, so that the simulation runs it as production does.
///
/// Core: its own. Everything outlives by `mailboxes`, `pages` and `counters`.
class Core final : private gateway::ControlClient {
 public:
  struct Setup {
    topic::CoreId self = 0;
    std::size_t core_count = 1;
    const Limits& limits;
    fabric::local::Mailboxes& mailboxes;
    topic::PageSource& pages;
    fabric::CommitLog& log;
    fabric::ClusterStateRef state;  ///< the same on all cores
    gateway::Pages& documents;
    HttpSettingsRef http = std::make_shared<const HttpSettings>();
    std::function<Instant()> clock;
    CoreCounters& counters;
  };
  Core(Setup setup, Instant now);
  ~Core() override;

  gateway::Connection& accept(std::unique_ptr<runtime::ByteStream> stream, Instant now) {
    return gateway_->accept(std::move(stream), now);
  }

  /// Timers, reading, parcels, fan-out and writing, each within its bound; then the parcels leave.
  void turn(Instant now);
  /// Whether another turn has work at once.
  bool has_work() const;
  /// When a turn is due although nothing happens; none when nothing waits for time.
  std::optional<Instant> next_timer(Instant now);

  /// From now on requests are judged by these.
  void apply(HttpSettingsRef http) { gateway_->apply(std::move(http)); }

  /// Ends in order: nothing new is accepted, streams end, what is under way is answered.
  void drain(Instant now) { gateway_->drain(now); }
  bool drained() const { return gateway_->drained() && gateway_->publishes_under_way() == 0; }
  std::size_t connection_count() const { return gateway_->connection_count(); }
  void abort_connections() { gateway_->abort_all(); }

  /// Core 0 only.
  control::ControlPlane& control() { return *control_; }
  fabric::Owner& owner() { return *owner_; }
  gateway::Gateway& gateway() { return *gateway_; }

 private:
  struct ControlTicket {
    gateway::ConnectionId connection;
    std::uint64_t ticket;
  };

  [[nodiscard]] bool request(fabric::ControlRequest::Verb verb, std::string_view namespace_name,
                             gateway::ConnectionId connection, std::uint64_t ticket) override;
  void take_parcels(Instant now);
  bool take_from(topic::CoreId from, std::size_t& publishes, Instant now);
  void dispatch(topic::CoreId from, fabric::Parcel parcel, Instant now);
  void on_control_answer(const fabric::ControlAnswer& answer);
  void apply(fabric::ClusterStateRef state, Instant now);
  void report_applied();

  const topic::CoreId self_;
  const std::size_t core_count_;
  const Limits& limits_;
  fabric::local::Mailboxes& mailboxes_;
  std::vector<fabric::Link*> links_;
  CoreCounters& counters_;
  std::unique_ptr<fabric::Owner> owner_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<control::ControlPlane> control_;
  SlotMap<ControlTicket> control_tickets_;
  std::optional<std::uint64_t> applying_;  // the state version not yet reported as carried out
  Instant last_tick_;
};

}  // namespace hark::server
