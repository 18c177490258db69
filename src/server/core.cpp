#include "server/core.h"

#include <algorithm>

#include "server/transports.h"

namespace hark::server {
namespace {

constexpr Duration owner_tick = 100ms;  // ages of kept messages
constexpr Duration full_link_retry = 1ms;

std::uint64_t packed(SlotId<fabric::RequestTag> id) { return std::uint64_t{id.generation} << 32 | id.index; }

}  // namespace

Core::Core(Setup setup, Instant now)
    : self_(setup.self),
      core_count_(setup.core_count),
      limits_(setup.limits),
      mailboxes_(setup.mailboxes),
      links_(setup.mailboxes.links_from(setup.self)),
      counters_(setup.counters),
      last_tick_(now) {
  owner_ = std::make_unique<fabric::Owner>(self_, limits_, setup.pages, setup.log, links_, setup.state,
                                           counters_.owner);
  gateway_ = std::make_unique<gateway::Gateway>(gateway::Gateway::Setup{.limits = limits_,
                                                                        .links = links_,
                                                                        .state = setup.state,
                                                                        .control = *this,
                                                                        .pages = setup.documents,
                                                                        .http = std::move(setup.http),
                                                                        .sessions = make_session,
                                                                        .clock = std::move(setup.clock),
                                                                        .counters = counters_.gateway},
                                                now);
  if (self_ == 0) control_ = std::make_unique<control::ControlPlane>(limits_, links_, setup.state);
}

Core::~Core() = default;

void Core::turn(Instant now) {
  counters_.turns.add();
  gateway_->run_timers(now);
  if (now - last_tick_ >= owner_tick) {
    last_tick_ = now;
    owner_->tick(now);
  }
  gateway_->read(now);
  take_parcels(now);
  gateway_->write(now);
  owner_->pump();  // what the writing has signed off
  if (control_) control_->pump();
  report_applied();
  mailboxes_.notify_all(self_);
}

void Core::take_parcels(Instant now) {
  std::size_t depth = 0;
  for (topic::CoreId from = 0; from < core_count_; ++from) depth += mailboxes_.inbox(self_, from).size();
  counters_.mailbox_depth.set(depth);
  // In rounds: what this core tells itself (a publish, then its delivery) is taken in the same turn.
  std::size_t publishes = limits_.publishes_a_turn;
  std::size_t budget = limits_.parcels_a_turn;
  bool any = true;
  while (any && budget > 0) {
    any = false;
    for (topic::CoreId from = 0; from < core_count_; ++from) {
      for (std::size_t burst = 64; burst > 0 && budget > 0 && take_from(from, publishes, now);
           --burst, --budget)
        any = true;
    }
    owner_->pump();
  }
}

/// Takes the next parcel from core `from`. False: there is none, or it is a publish beyond this turn's.
bool Core::take_from(topic::CoreId from, std::size_t& publishes, Instant now) {
  auto& inbox = mailboxes_.inbox(self_, from);
  fabric::Parcel* const front = inbox.front();
  if (!front) return false;
  if (std::holds_alternative<fabric::Publish>(*front)) {
    if (publishes == 0) return false;
    --publishes;
  }
  fabric::Parcel parcel = std::move(*front);
  inbox.pop();
  counters_.parcels.add();
  dispatch(from, std::move(parcel), now);
  return true;
}

void Core::dispatch(topic::CoreId from, fabric::Parcel parcel, Instant now) {
  struct Visitor {
    Core& core;
    topic::CoreId from;
    Instant now;
    void operator()(std::monostate) const { HARK_UNREACHABLE(); }
    void operator()(fabric::Publish p) const { core.owner_->on_publish(from, std::move(p), now); }
    void operator()(fabric::Register p) const { core.owner_->on_register(from, std::move(p), now); }
    void operator()(const fabric::Unregister& p) const { core.owner_->on_unregister(p.interest); }
    void operator()(const fabric::BatchTaken& p) const { core.owner_->on_batch_taken(p.interest); }
    void operator()(fabric::Transfer p) const { core.owner_->on_transfer(std::move(p), now); }
    void operator()(fabric::TransferForgotten p) const { core.owner_->on_transfer_forgotten(std::move(p)); }
    void operator()(const fabric::TransferDone& p) const { core.owner_->on_transfer_done(from, p, now); }
    void operator()(fabric::PublishAnswer p) const { core.gateway_->on_publish_answer(std::move(p)); }
    void operator()(fabric::Registered p) const { core.gateway_->on_registered(from, std::move(p)); }
    void operator()(fabric::Delivery p) const { core.gateway_->on_delivery(from, std::move(p)); }
    void operator()(fabric::ControlRequest p) const { core.control_->on_request(from, std::move(p)); }
    void operator()(const fabric::ControlAnswer& p) const { core.on_control_answer(p); }
    void operator()(const fabric::StateUpdate& p) const { core.apply(p.state, now); }
    void operator()(const fabric::StateApplied& p) const { core.control_->on_applied(p); }
  };
  std::visit(Visitor{*this, from, now}, std::move(parcel));
}

void Core::apply(fabric::ClusterStateRef state, Instant now) {
  HARK_CHECK(!applying_);
  applying_ = state->version;
  owner_->apply(state, now);
  gateway_->apply(std::move(state));
}

void Core::report_applied() {
  if (!applying_ || !owner_->applied() || !links_[0]->has_room(1)) return;
  links_[0]->send(fabric::StateApplied{*applying_});
  applying_.reset();
}

bool Core::request(fabric::ControlRequest::Verb verb, std::string_view namespace_name,
                   gateway::ConnectionId connection, std::uint64_t ticket) {
  if (control_tickets_.size() >= limits_.control_requests_max || !links_[0]->has_room(1)) return false;
  const auto id = control_tickets_.insert({connection, ticket});
  links_[0]->send(
      fabric::ControlRequest{verb, packed({id.index, id.generation}), std::string(namespace_name)});
  return true;
}

void Core::on_control_answer(const fabric::ControlAnswer& answer) {
  const decltype(control_tickets_)::Id id{static_cast<std::uint32_t>(answer.ticket),
                                          static_cast<std::uint32_t>(answer.ticket >> 32)};
  const ControlTicket asked = control_tickets_.take(id);
  gateway_->on_controlled(asked.connection, asked.ticket, answer.error);
}

bool Core::has_work() const {
  if (gateway_->has_work()) return true;
  for (topic::CoreId from = 0; from < core_count_; ++from)
    if (mailboxes_.inbox(self_, from).front()) return true;
  return false;
}

std::optional<Instant> Core::next_timer(Instant now) {
  std::optional<Instant> due = gateway_->next_timer();
  const bool backlog =
      gateway_->has_backlog() || owner_->has_backlog() || (control_ && control_->has_backlog());
  if (backlog || applying_) {
    const Instant soon = now + full_link_retry;
    due = due ? std::min(*due, soon) : soon;
  }
  return due;
}

}  // namespace hark::server
