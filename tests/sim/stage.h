#pragma once

#include <string>
#include <vector>

#include "tests/sim/record.h"
#include "tests/sim/world.h"

namespace hark::sim {

/// What everybody in a history shares: the world, the plan, and the one log in the order of time.
class Stage {
 public:
  Stage(const Plan& the_plan, World& the_world)
      : plan(the_plan), world(the_world), known_(the_plan.topics.size()) {}

  const Plan& plan;
  World& world;

  void note(Record record) {
    record.at = world.now();
    if (record.kind == Kind::publish_acked || record.kind == Kind::item) {
      known_[record.topic] = std::max(known_[record.topic], record.slot);
    }
    records_.push_back(record);
  }
  const std::vector<Record>& records() const { return records_; }
  /// The greatest slot of a topic that somebody knows.
  Slot known(std::uint32_t topic) const { return known_[topic]; }

  std::uint32_t next_publish() { return ++publishes_; }
  std::uint32_t next_stream() { return ++streams_; }
  std::uint32_t next_reader() { return ++readers_; }
  std::uint32_t publishes() const { return publishes_; }

  const std::string& topic_namespace(std::uint32_t topic) const {
    return plan.namespaces[plan.facts.topic_namespaces[topic]];
  }

  /// A protocol error that a client saw; the first one counts.
  void broken(const std::string& why) {
    if (broken_.empty()) broken_ = why;
  }
  const std::string& broken() const { return broken_; }
  std::uint64_t stalls_inside_messages = 0;
  std::uint64_t ended_by_deletion = 0;
  std::uint64_t ended_by_drain = 0;

 private:
  std::vector<Record> records_;
  std::vector<Slot> known_;
  std::uint32_t publishes_ = 0, streams_ = 0, readers_ = 0;
  std::string broken_;
};

/// The check of a payload that both ends work out for themselves (FNV-1a).
inline std::uint64_t payload_hash(std::string_view payload, bool text) {
  std::uint64_t hash = text ? 14695981039346656037ULL : 1099511628211ULL;
  for (const char c : payload) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace hark::sim
