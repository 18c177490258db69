#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>

#include "fabric/local/mailboxes.h"
#include "fabric/owner.h"
#include "fabric/publisher.h"
#include "fabric/views_for_test.h"

namespace hark::fabric {

/// What a world is made of, all of it drawn from its seed.
struct WorldPlan {
  std::size_t cores = 3, slots = 128, topics = 6;
  bool slow_log = false;
  bool owners_move = true, namespaces_end = false;
  Limits limits;
};

/// One core of a test world: owner, publisher and views, as an engine would drive them.
class WorldCore : private PublishListener {
 public:
  WorldCore(CoreId self, const WorldPlan& plan, local::Mailboxes& mailboxes, topic::PageSource& pages,
            ClusterStateRef state, Truth& truth)
      : self_(self),
        mailboxes_(mailboxes),
        truth_(truth),
        log(truth, plan.slow_log),
        owner(self, plan.limits, pages, log, mailboxes.links_from(self), state, counters),
        publisher(plan.limits, mailboxes.links_from(self), state, *this, publisher_counters),
        views(plan.limits, mailboxes.links_from(self), state, truth),
        state_(std::move(state)) {}

  /// Publishes the next message of this core to the topic, if there is credit.
  bool publish(const TopicPath& path, Instant now) {
    if (!publisher.has_credit(path)) return false;
    const std::uint64_t serial = ++asked_;
    const std::string payload = Truth::payload_of(path, self_, serial);
    payloads_[serial] = payload;
    publisher.publish(path, draft_of(payload), {{}, serial}, now);
    return true;
  }
  /// Takes in at most `count` parcels from `from`. False: there was none.
  bool take_in(CoreId from, std::size_t count, Instant now) {
    local::Mailbox& inbox = mailboxes_.inbox(self_, from);
    bool any = false;
    for (; count > 0 && inbox.front(); --count, any = true) {
      Parcel parcel = std::move(*inbox.front());
      inbox.pop();
      handle(from, parcel, now);
    }
    return any;
  }
  void flush() {
    views.flush();
    owner.pump();
    mailboxes_.notify_all(self_);
  }
  std::uint64_t asked() const { return asked_; }
  std::uint64_t version() const { return state_->version; }
  bool quiet() {
    return log.size() == 0 && owner.applied() && !owner.has_backlog() && views.flushed() &&
           publisher.under_way() == 0;
  }

 private:
  void on_published(const PublishOrigin& origin, const Result<Position>& result) override {
    truth_.answered(payloads_.at(origin.ticket), result);
  }
  void handle(CoreId from, Parcel& parcel, Instant now) {
    std::visit(
        [&](auto& p) {
          using T = std::decay_t<decltype(p)>;
          if constexpr (std::is_same_v<T, Publish>)
            owner.on_publish(from, std::move(p), now);
          else if constexpr (std::is_same_v<T, Register>)
            owner.on_register(from, std::move(p), now);
          else if constexpr (std::is_same_v<T, Unregister>)
            owner.on_unregister(p.interest);
          else if constexpr (std::is_same_v<T, BatchTaken>)
            owner.on_batch_taken(p.interest);
          else if constexpr (std::is_same_v<T, Transfer>)
            owner.on_transfer(std::move(p), now);
          else if constexpr (std::is_same_v<T, TransferForgotten>)
            owner.on_transfer_forgotten(std::move(p));
          else if constexpr (std::is_same_v<T, TransferDone>)
            owner.on_transfer_done(from, p, now);
          else if constexpr (std::is_same_v<T, PublishAnswer>)
            publisher.on_answer(std::move(p));
          else if constexpr (std::is_same_v<T, Registered>)
            views.on_registered(from, std::move(p));
          else if constexpr (std::is_same_v<T, Delivery>)
            views.on_delivery(std::move(p));
          else if constexpr (std::is_same_v<T, StateUpdate>)
            apply(p.state, now);
          else
            truth_.complain("a parcel that nobody sends here");
        },
        parcel);
  }
  void apply(ClusterStateRef state, Instant now) {
    state_ = state;
    publisher.apply(state);
    views.apply(state);
    owner.apply(std::move(state), now);
  }

  CoreId self_;
  local::Mailboxes& mailboxes_;
  Truth& truth_;
  std::uint64_t asked_ = 0;
  std::map<std::uint64_t, std::string> payloads_;

 public:
  OwnerCounters counters;
  PublisherCounters publisher_counters;
  WorldLog log;
  Owner owner;
  Publisher publisher;
  Views views;

 private:
  ClusterStateRef state_;
};

/// A few cores with real mailboxes on a clock of their own. In a step one core takes a turn of random
/// size, so that parcels meet in any order that real cores could bring about.
class World {
 public:
  World(unsigned seed, WorldPlan plan)
      : plan_(std::move(plan)), random_(seed), mailboxes_(plan_.cores, plan_.slots, {}) {
    set_state(1, 1);
    for (std::size_t i = 0; i < plan_.topics; ++i)
      topics_.emplace_back(i % 2 == 0 ? "keep" : "ns", "topic" + std::to_string(i));
    for (CoreId core = 0; core < plan_.cores; ++core)
      cores_.push_back(std::make_unique<WorldCore>(core, plan_, mailboxes_, pages_, state_, truth));
    truth.pages_may_change = plan_.namespaces_end || plan_.limits.topics_max < plan_.topics;
  }

  void step() {
    now_ += std::chrono::milliseconds(below(20));
    WorldCore& core = *cores_[below(cores_.size())];
    for (std::size_t n = below(4); n > 0; --n)
      core.take_in(static_cast<CoreId>(below(cores_.size())), 1 + below(6), now_);
    for (std::size_t n = below(4); n > 0; --n) core.publish(topic(), now_);
    if (below(8) == 0) core.views.open(topic());
    if (below(60) == 0) core.views.close(topic());
    if (below(60) == 0) core.views.refresh(topic());
    while (core.log.size() > 0 && below(3) != 0) core.log.commit_one(below(core.log.size()));
    if (below(10) == 0) core.publisher.tick(now_), core.owner.tick(now_);
    core.flush();
    if (below(40) == 0) change_state();
    if (below(8) == 0) check_books();
  }

  /// Lets everything come to an end, without anything new. False: it does not.
  bool settle() {
    for (int round = 0; round < 20'000 && truth.problem().empty(); ++round) {
      bool moved = false;
      for (auto& core : cores_) {
        for (CoreId from = 0; from < cores_.size(); ++from) moved |= core->take_in(from, 1 + below(6), now_);
        if (core->log.size() > 0) core->log.commit_one(below(core->log.size()));
        core->flush();
      }
      const bool quiet = std::all_of(cores_.begin(), cores_.end(), [](auto& core) { return core->quiet(); });
      if (!moved && quiet && mailboxes_empty()) return true;
    }
    return false;
  }

  /// What must hold when everything has come to an end.
  void check_end() {
    std::size_t asked = 0, views = 0, interests = 0;
    for (auto& core : cores_) {
      asked += core->asked(), views += core->views.size(), interests += core->counters.interests.value();
      core->views.check_caught_up();
      if (core->version() != state_->version) truth.complain("a core has an older state");
      check_owned(*core);
    }
    if (asked != truth.answered_count()) truth.complain("a publish was never answered");
    if (views != interests) truth.complain("owners keep interests of views that are gone");
    check_credits();
  }

  WorldPlan& plan() { return plan_; }
  WorldCore& core(std::size_t i) { return *cores_[i]; }
  Truth truth;
  std::size_t states = 0;

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  const TopicPath& topic() { return topics_[below(topics_.size())]; }

  void set_state(std::uint64_t version, std::uint64_t namespace_id) {
    auto next = std::make_shared<ClusterState>();
    next->version = version;
    next->namespaces["keep"].id = 1'000;
    if (namespace_id != 0) next->namespaces["ns"].id = namespace_id;
    std::vector<double> weights(plan_.cores);
    for (double& weight : weights) weight = static_cast<double>(below(3));
    weights[below(weights.size())] = 1;
    const bool keep_owners = state_ && (!plan_.owners_move || below(3) == 0);
    next->owners = keep_owners ? state_->owners : std::make_shared<topic::OwnerMap>(version, weights);
    namespace_id_ = namespace_id;
    state_ = std::move(next);
  }
  // Like control: the next state only when every core has carried out the last.
  void change_state() {
    for (auto& core : cores_)
      if (core->version() != state_->version || !core->owner.applied()) return;
    std::uint64_t id = namespace_id_;
    if (plan_.namespaces_end && below(2) == 0) id = id != 0 && below(2) == 0 ? 0 : ++last_namespace_id_;
    set_state(state_->version + 1, id);
    ++states;
    for (Link* link : mailboxes_.links_from(0)) link->send(StateUpdate{state_});
  }
  bool mailboxes_empty() {
    for (CoreId to = 0; to < cores_.size(); ++to)
      for (CoreId from = 0; from < cores_.size(); ++from)
        if (mailboxes_.inbox(to, from).size() > 0) return false;
    return true;
  }
  void check_books() {
    for (auto& core : cores_) {
      std::size_t bytes = 0;
      core->owner.table().for_each([&](OwnedTopic& owned) { bytes += TopicTable::memory_of(owned); });
      if (core->owner.table().bytes() != bytes) truth.complain("the books of a table are wrong");
    }
  }
  void check_owned(WorldCore& core) {
    core.owner.table().for_each([&](OwnedTopic& owned) {
      const TopicPath& path = owned.topic.path();
      if (&core != cores_[state_->owners->owner_of(path.hash())].get())
        truth.complain(path.text() + " is at a core that does not own it");
      const auto* settings = state_->find_namespace(path.namespace_name());
      if (!settings || settings->id != owned.namespace_id)
        truth.complain(path.text() + " outlived its namespace");
      if (!owned.topic.settled() || owned.moving) truth.complain(path.text() + " is not settled");
    });
  }
  // Every credit is back: each core can use all of one owner's at once.
  void check_credits() {
    for (auto& core : cores_) {
      std::size_t count = 0;
      while (count < 1000 && core->publish(topics_[0], now_)) ++count;
      if (count != plan_.limits.publish_credits) truth.complain("credits were lost");
    }
    if (!settle()) truth.complain("the last publishes were not answered");
  }

  WorldPlan plan_;
  std::mt19937 random_;
  local::Mailboxes mailboxes_;
  FakePages pages_;
  ClusterStateRef state_;
  std::uint64_t namespace_id_ = 1, last_namespace_id_ = 1;
  std::vector<TopicPath> topics_;
  std::vector<std::unique_ptr<WorldCore>> cores_;
  Instant now_{1h};
};

}  // namespace hark::fabric
