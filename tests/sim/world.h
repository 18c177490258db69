#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "server/core.h"
#include "tests/sim/plan.h"

namespace hark::sim {

/// The server side of a history: all cores in this one thread, on virtual time.
///
/// A seeded choice decides which core takes its next turn and when; each look at the clock costs a little, so
/// that bounded turns are cut. A core runs only when a real one would: when it has work, a timer is due, or
/// its sockets tell something; so a wake-up that the engine loses is lost here too.
class World {
 public:
  World(const Plan& plan, Random random);
  ~World();

  Instant now() const { return now_; }
  void after(Duration delay, std::function<void()> event);
  std::size_t core_count() const { return cores_.size(); }
  server::Core& core(std::size_t index) { return *cores_[index]; }
  const server::CoreCounters& counters(std::size_t index) const { return *counters_[index]; }
  /// Something happened on a socket of this core.
  void poke(std::size_t core);
  /// The core does not run for a while: another process has the processor.
  void pause(std::size_t core, Duration span);
  void change_owners(std::vector<double> weights);
  void drain();
  bool drained() const;

  /// The next event or turn. False: there is none.
  bool step();
  std::uint64_t turns() const { return turns_; }

 private:
  class VirtualPages;
  class DelayedLog;
  class NoPages;
  struct Event {
    Instant due;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return std::tie(other.due, other.order) < std::tie(due, order);
    }
  };

  Instant tick();
  void turn(std::size_t core);
  void due_at(std::size_t core, Instant when);

  const Plan& plan_;
  Random random_;
  Instant now_{};
  std::uint64_t order_ = 0, turns_ = 0;
  std::vector<Event> events_;  // a heap
  std::vector<std::optional<Instant>> due_;  // by core: its next turn
  std::vector<Instant> paused_until_;
  std::unique_ptr<VirtualPages> pages_;
  std::unique_ptr<NoPages> documents_;
  fabric::local::Mailboxes mailboxes_;
  std::vector<std::unique_ptr<server::CoreCounters>> counters_;
  std::vector<std::unique_ptr<fabric::CommitLog>> logs_;
  std::vector<std::unique_ptr<server::Core>> cores_;
};

}  // namespace hark::sim
