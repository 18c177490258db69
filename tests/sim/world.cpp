#include "tests/sim/world.h"

#include <algorithm>

namespace hark::sim {

/// The counter of pages, without a disk. At times no page is reserved, as when the disk is slow.
class World::VirtualPages final : public topic::PageSource {
 public:
  VirtualPages(bool run_out, Random random) : run_out_(run_out), random_(random) {}
  SequencePage current() const override { return current_; }
  bool step_past(SequencePage page) override {
    if (current_ > page) return true;
    if (run_out_ && random_.percent(50)) return false;
    current_ = SequencePage(page.value() + random_.between(1, 5));
    return true;
  }

 private:
  bool run_out_;
  Random random_;
  SequencePage current_{1'764'000'000'000};
};

/// Commits later, in order, as a replicated log would.
class World::DelayedLog final : public fabric::CommitLog {
 public:
  DelayedLog(World& world, std::size_t core, Random random) : world_(world), core_(core), random_(random) {}
  void append(const fabric::CommitTicket& ticket, const MessageRef& message,
              fabric::CommitListener& listener) override {
    due_ = std::max(due_, world_.now() + random_.between(0ns, world_.plan_.commit_delay_max));
    const Position position{message->page(), message->number()};
    world_.after(due_ - world_.now(), [this, ticket, position, &listener] {
      listener.on_committed(ticket, position);
      world_.poke(core_);
    });
  }

 private:
  World& world_;
  std::size_t core_;
  Random random_;
  Instant due_{};
};

class World::NoPages final : public gateway::Pages {
 public:
  gateway::Page get(std::string_view, bool) override { return {}; }
};

namespace {

fabric::ClusterStateRef first_state(const Plan& plan) {
  auto state = std::make_shared<fabric::ClusterState>(*control::ControlPlane::initial_state(plan.cores));
  state->namespaces.clear();
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < plan.namespaces.size(); ++i)
    state->namespaces[plan.namespaces[i]] = {.id = ++id,
                                             .begin_with_latest = plan.facts.begins_with_latest[i]};
  return state;
}

}  // namespace

World::World(const Plan& plan, Random random)
    : plan_(plan),
      random_(random),
      now_(1h),
      due_(plan.cores),
      paused_until_(plan.cores),
      pages_(std::make_unique<VirtualPages>(plan.pages_run_out, random_.fork())),
      documents_(std::make_unique<NoPages>()),
      mailboxes_(plan.cores, plan.limits.mailbox_slots, {}) {
  const auto state = first_state(plan);
  for (std::size_t i = 0; i < plan.cores; ++i) {
    counters_.push_back(std::make_unique<server::CoreCounters>());
    if (plan.commit_delay_max > Duration{0}) {
      logs_.push_back(std::make_unique<DelayedLog>(*this, i, random_.fork()));
    } else {
      logs_.push_back(std::make_unique<fabric::ImmediateLog>());
    }
    cores_.push_back(std::make_unique<server::Core>(server::Core::Setup{.self = static_cast<topic::CoreId>(i),
                                                                        .core_count = plan.cores,
                                                                        .limits = plan.limits,
                                                                        .mailboxes = mailboxes_,
                                                                        .pages = *pages_,
                                                                        .log = *logs_[i],
                                                                        .state = state,
                                                                        .documents = *documents_,
                                                                        .clock = [this] { return tick(); },
                                                                        .counters = *counters_[i]},
                                                    now_));
    poke(i);
  }
}

World::~World() = default;

Instant World::tick() { return now_ += random_.between(1us, 5us); }

void World::after(Duration delay, std::function<void()> event) {
  events_.push_back({now_ + delay, order_++, std::move(event)});
  std::push_heap(events_.begin(), events_.end());
}

void World::due_at(std::size_t core, Instant when) {
  when = std::max(when, paused_until_[core]);
  if (!due_[core] || *due_[core] > when) due_[core] = when;
}

void World::poke(std::size_t core) { due_at(core, now_ + random_.between(1us, 40us)); }

void World::pause(std::size_t core, Duration span) {
  paused_until_[core] = now_ + span;
  if (due_[core]) due_[core] = std::max(*due_[core], paused_until_[core]);
}

void World::change_owners(std::vector<double> weights) {
  cores_[0]->control().change_owners(std::move(weights));
  poke(0);
  for (std::size_t i = 0; i < cores_.size(); ++i)
    if (cores_[i]->has_work()) poke(i);
}

void World::drain() {
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    cores_[i]->drain(now_);
    poke(i);
  }
  // As the program does: whoever has not left by then is cut off.
  after(plan_.limits.drain_within, [this] {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
      cores_[i]->abort_connections();
      poke(i);
    }
  });
}

bool World::drained() const {
  return std::all_of(cores_.begin(), cores_.end(), [](const auto& core) { return core->drained(); });
}

void World::turn(std::size_t index) {
  ++turns_;
  due_[index].reset();
  tick();
  server::Core& core = *cores_[index];
  core.turn(now_);
  if (const auto timer = core.next_timer(now_)) due_at(index, std::max(*timer, now_ + 1us));
  for (std::size_t i = 0; i < cores_.size(); ++i)
    if (cores_[i]->has_work()) poke(i);
}

bool World::step() {
  std::size_t next = cores_.size();
  for (std::size_t i = 0; i < cores_.size(); ++i)
    if (due_[i] && (next == cores_.size() || *due_[i] < *due_[next])) next = i;
  const bool core_is_next = next < cores_.size() && (events_.empty() || *due_[next] < events_.front().due);
  if (core_is_next) {
    now_ = std::max(now_, *due_[next]);
    turn(next);
    return true;
  }
  if (events_.empty()) return false;
  std::pop_heap(events_.begin(), events_.end());
  Event event = std::move(events_.back());
  events_.pop_back();
  now_ = std::max(now_, event.due);
  event.run();
  return true;
}

}  // namespace hark::sim
