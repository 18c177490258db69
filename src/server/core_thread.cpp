#include "server/core_thread.h"

#include <algorithm>

#include "runtime/clock.h"
#include "server/polled_stream.h"

namespace hark::server {
namespace {

/// For the answers to those who knocked last. With the drain and the export it stays below the ten seconds
/// that an orderly end may take.
constexpr Duration last_words_within = 250ms;

constexpr Duration window = 30s;  // the longest turn is told of this and the last one

}  // namespace

CoreThread::CoreThread(Core& core, runtime::Poller poller, std::unique_ptr<runtime::TcpListener> listener,
                       runtime::Wake& wake, runtime::CoreOrders& orders,
                       runtime::Latest<HttpSettingsRef>& http, CoreCounters& counters)
    : core_(core),
      poller_(std::move(poller)),
      listener_(std::move(listener)),
      wake_(wake),
      orders_(orders),
      http_(http),
      counters_(counters) {}

void CoreThread::run() {
  HARK_CHECK(poller_.add(wake_.fd(), wake_).has_value());
  HARK_CHECK(poller_.add_level(listener_->fd(), *this).has_value());
  cpu_time_ = cpu_at_second_ = runtime::thread_cpu_time();
  second_ = window_ = runtime::now();
  while (true) {
    wake_.prepare_to_sleep();
    // Looked at after the flag is up, so that whoever sends now either is seen or wakes us.
    const bool at_once =
        core_.has_work() || http_.fresh() ||
        orders_.current() != (draining_ ? runtime::CoreOrder::drain : runtime::CoreOrder::run);
    poller_.wait(at_once ? Duration{0} : wait_at_most(runtime::now()));
    wake_.awake();
    const Instant now = runtime::now();
    if (knocking_ || (accept_again_ && *accept_again_ <= now)) accept(now);
    if (auto http = http_.take()) core_.apply(*std::move(http));
    if (!obey(now)) break;
    core_.turn(now);
    if (draining_ && core_.drained()) orders_.report_drained();
    note_turn();
  }
  close_the_door();
  core_.abort_connections();
  core_.turn(runtime::now());
  poller_.remove(wake_.fd());
}

/// A connection that the kernel has made and that nobody takes is reset, and its client does not know what
/// became of its request. So all that wait are taken before nobody can come any more, and answered.
void CoreThread::close_the_door() {
  const Counter& taken = listener_->accepted();
  std::uint64_t before = 0;
  do {
    before = taken.value();
    accept(runtime::now());
  } while (taken.value() > before);
  if (!accept_again_) poller_.remove(listener_->fd());
  listener_->close();
  const Instant end = runtime::now() + last_words_within;
  for (Instant now = runtime::now(); core_.connection_count() > 0 && now < end; now = runtime::now()) {
    wake_.prepare_to_sleep();
    poller_.wait(core_.has_work() ? Duration{0} : std::min(wait_at_most(now), end - now));
    wake_.awake();
    core_.turn(runtime::now());
  }
}

Duration CoreThread::wait_at_most(Instant now) {
  std::optional<Instant> due = core_.next_timer(now);
  if (accept_again_ && (!due || *accept_again_ < *due)) due = accept_again_;
  return due ? std::max(*due - now, Duration{0}) : Duration::max();
}

void CoreThread::on_events(runtime::Events) { knocking_ = true; }

void CoreThread::accept(Instant now) {
  knocking_ = false;
  const bool paused = accept_again_.has_value();
  accept_again_ = listener_->accept(now, accepted_);
  if (accept_again_ && !paused) poller_.remove(listener_->fd());
  if (!accept_again_ && paused && !poller_.add_level(listener_->fd(), *this)) accept_again_ = now + 1s;
  for (auto& [socket, peer] : std::exchange(accepted_, {})) {
    auto stream = std::make_unique<PolledStream>(poller_, std::move(socket));
    PolledStream& polled = *stream;
    gateway::Connection& connection = core_.accept(std::move(stream), now);
    if (!polled.watch(connection)) connection.abort();
  }
}

/// False: stop.
bool CoreThread::obey(Instant now) {
  switch (orders_.current()) {
    case runtime::CoreOrder::run: return true;
    case runtime::CoreOrder::drain:
      if (!std::exchange(draining_, true)) core_.drain(now);
      return true;
    case runtime::CoreOrder::stop: break;
  }
  return false;
}

void CoreThread::note_turn() {
  const Duration cpu = runtime::thread_cpu_time();
  longest_ = std::max(longest_, cpu - std::exchange(cpu_time_, cpu));
  counters_.busy_nanoseconds.add(static_cast<std::uint64_t>(cpu.count()) -
                                 counters_.busy_nanoseconds.value());
  const Instant now = runtime::now();
  if (now - second_ >= 1s) {
    const auto share = (cpu - cpu_at_second_) * 1000 / (now - second_);
    counters_.busy_permille.set(static_cast<std::uint64_t>(share));
    cpu_at_second_ = cpu;
    second_ = now;
  }
  if (now - window_ >= window) {
    longest_before_ = std::exchange(longest_, Duration{0});
    window_ = now;
  }
  const Duration longest = std::max(longest_, longest_before_);
  counters_.longest_turn_nanoseconds.set(static_cast<std::uint64_t>(longest.count()));
}

}  // namespace hark::server
