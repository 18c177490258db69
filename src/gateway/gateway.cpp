#include "gateway/gateway.h"

namespace hark::gateway {
namespace {

constexpr Duration read_a_turn = 1ms;        // then parcels and writing, whoever still waits to be read
constexpr Duration periodic_every = 250ms;  // deadlines of publishes, lingering views
constexpr int ticks_a_cache_sweep = 40;     // framed bytes that nobody used for ten seconds go

}  // namespace

Gateway::Gateway(Setup setup, Instant now)
    : limits_(setup.limits),
      counters_(setup.counters),
      state_(setup.state),
      http_(std::move(setup.http)),
      clock_(std::move(setup.clock)),
      publisher_(limits_, setup.links, setup.state, *this, counters_.publisher),
      cache_(limits_.framed_bytes_max, counters_.pinned, counters_.framed),
      views_(limits_, setup.links, setup.state, cache_, counters_.views),
      inbound_(limits_.inbound_bytes_max, counters_.sessions.inbound_bytes),
      timers_(now),
      heartbeats_(limits_, now),
      services_{limits_,  state_,      http_,         draining_,   publisher_,         views_,         cache_,
                inbound_, heartbeats_, setup.control, setup.pages, counters_.sessions, counters_.views},
      sessions_([this, make = std::move(setup.sessions)](Protocol protocol, SessionHost& host, Instant at) {
        return make(services_, protocol, host, at);
      }),
      read_buffer_(std::make_unique<std::array<std::byte, 64 << 10>>()),
      gather_(limits_.write_bytes_max),
      shared_(shared()),
      now_(now) {
  timers_.arm(second_, now + periodic_every);
}

Gateway::~Gateway() {
  abort_all();
  destroy_closed();
}

ConnectionShared Gateway::shared() {
  const auto link = [](auto& list, Connection& c, auto hook) {
    if (!(c.*hook).is_linked()) list.push_back(c);
  };
  return {limits_,
          sessions_,
          timers_,
          counters_.pinned.bytes,
          counters_.connections,
          *read_buffer_,
          gather_,
          [=, this](Connection& c) { link(readable_, c, &Connection::in_readable); },
          [=, this](Connection& c) { link(flush_, c, &Connection::in_flush); },
          [=, this](Connection& c) { link(waits_for_credit_, c, &Connection::in_credit); },
          [=, this](Connection& c) {
            if (c.pinning()) return link(pinning_, c, &Connection::in_pinning);
            if (c.in_pinning.is_linked()) pinning_.erase(pinning_.iterator_to(c));
          },
          [this](Connection& c) { closed_.push_back(c.id()); }};
}

Connection& Gateway::accept(std::unique_ptr<runtime::ByteStream> stream, Instant now) {
  auto made = std::make_unique<Connection>(shared_, std::move(stream), now);
  Connection& connection = *made;
  connection.set_id(connections_.insert(std::move(made)));
  return connection;
}

Connection* Gateway::find(ConnectionId id) {
  auto* found = connections_.find(id);
  return found && !(*found)->closed() ? found->get() : nullptr;
}

void Gateway::on_published(const fabric::PublishOrigin& origin, const Result<Position>& result) {
  Connection* const connection = find(origin.connection);
  if (!connection || !connection->session()) return;
  connection->session()->on_published(origin.ticket, result);
  connection->wants_flush();
}

void Gateway::on_controlled(ConnectionId id, std::uint64_t ticket, const std::optional<Error>& error) {
  Connection* const connection = find(id);
  if (!connection || !connection->session()) return;
  connection->session()->on_controlled(ticket, error);
  connection->wants_flush();
}

void Gateway::on_registered(topic::CoreId from, fabric::Registered registered) {
  views_.on_registered(from, std::move(registered));
}

void Gateway::on_delivery(topic::CoreId from, fabric::Delivery delivery) {
  views_.on_delivery(from, std::move(delivery));
}

void Gateway::apply(fabric::ClusterStateRef state) {
  state_ = state;
  publisher_.apply(state);
  views_.apply(std::move(state));
}

void Gateway::run_timers(Instant now) {
  now_ = now;
  timers_.advance(now, [&](runtime::Timer& timer) { on_alarm(timer, now); });
  const auto due = heartbeats_.next();
  if (due && (!beat_.armed() || *due < beat_armed_for_)) {
    beat_armed_for_ = *due;
    timers_.arm(beat_, *due);
  }
}

void Gateway::on_alarm(runtime::Timer& timer, Instant now) {
  if (&timer == &second_) {
    tick(now);
    timers_.arm(second_, now + periodic_every);
  } else if (&timer == &beat_) {
    heartbeats_.tick(now);
  } else {
    static_cast<Connection::Alarm&>(timer).connection.on_timer(now);
  }
}

void Gateway::tick(Instant now) {
  publisher_.tick(now);
  views_.tick(now);
  if (++ticks_ % ticks_a_cache_sweep == 0) cache_.drop_unused();
}

void Gateway::read(Instant now) {
  // Each connection at most once a turn; those with more wait at the end of the list for the next.
  constexpr std::size_t reads_a_step = 8;
  std::size_t count = readable_.size();
  if (count == 0) return;
  const Instant end = clock_() + read_a_turn;
  do {
    for (std::size_t left = std::min(reads_a_step, count); left > 0; --left, --count) {
      Connection& connection = readable_.front();
      readable_.pop_front();
      if (connection.read_some(now)) readable_.push_back(connection);
    }
  } while (count > 0 && clock_() < end);
}

bool Gateway::credit_changed() const {
  return !waits_for_credit_.empty() && publisher_.answers() + inbound_.given_back() != credit_seen_;
}

void Gateway::serve_credit(Instant now) {
  if (!credit_changed()) return;
  credit_seen_ = publisher_.answers() + inbound_.given_back();
  for (std::size_t count = waits_for_credit_.size(); count > 0; --count) {
    Connection& connection = waits_for_credit_.front();
    waits_for_credit_.pop_front();
    connection.on_credit(now);
  }
  // They stand in the old order again; the next time another one is the first to take.
  waits_for_credit_.splice(waits_for_credit_.end(), waits_for_credit_, waits_for_credit_.begin());
}

void Gateway::write(Instant now) {
  serve_credit(now);
  views_.pump();
  constexpr std::size_t readers_a_step = 64, writes_a_step = 8;
  const Instant end = clock_() + limits_.flush_a_turn;
  bool more = true;
  while (more) {
    if (unwritten_ == 0) {
      const bool sleepers = views_.wake(readers_a_step);
      unwritten_ = flush_.size();
      if (unwritten_ == 0 && !sleepers) break;
    }
    for (std::size_t i = 0; i < writes_a_step && !flush_.empty(); ++i) flush_one(now);
    more = clock_() < end;
  }
  if (!flush_.empty() || views_.has_dirty()) counters_.turns_cut.add();
  bound_pinning();
  destroy_closed();
}

void Gateway::flush_one(Instant now) {
  Connection& connection = flush_.front();
  flush_.pop_front();
  if (unwritten_ > 0) --unwritten_;
  const bool more = connection.flush(now);
  gather_.clear();
  cache_.clear_retired();
  if (more && !connection.in_flush.is_linked()) flush_.push_back(connection);
}

void Gateway::bound_pinning() {
  while (counters_.pinned.bytes.value() > limits_.pinned_bytes_max && !pinning_.empty()) {
    Connection& longest = pinning_.front();
    pinning_.pop_front();
    counters_.connections.closed_for_pinning.add();
    longest.abort();
    destroy_closed();
  }
}

void Gateway::destroy_closed() {
  for (const ConnectionId id : std::exchange(closed_, {})) {
    auto* found = connections_.find(id);
    if (!found) continue;
    Connection& connection = **found;
    const auto unlink = [&](auto& list, auto& hook) {
      if (hook.is_linked()) list.erase(list.iterator_to(connection));
    };
    unlink(readable_, connection.in_readable);
    unlink(flush_, connection.in_flush);
    unlink(waits_for_credit_, connection.in_credit);
    connection.end_session();
    unlink(pinning_, connection.in_pinning);
    if (connection.awaited()) --awaited_;
    connections_.take(id);
  }
  unwritten_ = std::min(unwritten_, flush_.size());
  cache_.clear_retired();
}

bool Gateway::has_work() const {
  return !readable_.empty() || !flush_.empty() || views_.has_dirty() || credit_changed();
}

std::optional<Instant> Gateway::next_timer() { return timers_.next(); }

void Gateway::drain(Instant now) {
  if (std::exchange(draining_, true)) return;
  views_.end_all(EndReason::draining);
  connections_.for_each([&](ConnectionId, std::unique_ptr<Connection>& connection) {
    connection->drain(now);
    if (connection->silent()) return;  // it is served if it speaks in time, as those who come later
    connection->set_awaited();
    ++awaited_;
  });
}

void Gateway::abort_all() {
  connections_.for_each([&](ConnectionId, std::unique_ptr<Connection>& connection) { connection->abort(); });
}

}  // namespace hark::gateway
