#include "tests/sim/history.h"

#include <algorithm>

#include "base/keyed_hash.h"

namespace hark::sim {
namespace {

constexpr std::uint64_t turns_max = 3'000'000;  // a history takes some ten thousand

std::uint64_t with_fixed_hash_key(std::uint64_t seed) {
  HashKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(seed >> (i % 8 * 8));
  set_hash_key(key);
  return seed;
}

}  // namespace

History::History(std::uint64_t seed)
    : plan_(Plan::random(with_fixed_hash_key(seed))),
      random_(seed * 0x9E3779B97F4A7C15ULL + 7),
      world_(plan_, random_.fork()),
      stage_(plan_, world_),
      forgotten_(plan_.topics.size()) {}

History::~History() = default;

Network History::reader_network() {
  if (phase_ != Phase::load) return {};
  Network network{random_.between(1us, plan_.delay_max), random_.between(1, plan_.chunk_max),
                  random_.between(1, plan_.socket_max),
                  static_cast<std::uint32_t>(random_.between(1, plan_.window_max))};
  // Byte by byte, but not for hours.
  if (network.chunk_max < 20 || network.socket_bytes < 20)
    network.delay_max = std::min<Duration>(network.delay_max, 30us);
  if (network.window < 20) network.delay_max = std::min<Duration>(network.delay_max, 200us);
  return network;
}

Network History::publisher_network() {
  return {random_.between(1us, std::min<Duration>(plan_.delay_max, 1ms)), random_.between(100, 20'000),
          random_.between(200, 100'000), 65'535};
}

Client& History::connect(Network network) {
  return clients_.emplace_back(world_, random_.below(plan_.cores), network, random_.fork(),
                               static_cast<std::uint32_t>(clients_.size() + 1));
}

/// A connection for a subscriber: at times one that others use, too.
Client& History::reader_client() {
  if (!subscribers_.empty() && random_.percent(50)) {
    Client* const other = subscribers_[random_.below(subscribers_.size())].client();
    if (other && other->usable()) return *other;
  }
  return connect(reader_network());
}

void History::join(Subscriber& subscriber) {
  subscriber.subscribe(reader_client());
  watch(subscriber);
}

/// Comes back some time after it was cut off.
void History::watch(Subscriber& subscriber) {
  if (phase_ == Phase::drain || phase_ == Phase::over) return;
  const Duration pause = phase_ == Phase::load ? random_.between(1ms, 600ms) : Duration(100ms);
  world_.after(pause, [this, &subscriber] {
    if (subscriber.open() || phase_ == Phase::drain || phase_ == Phase::over) return watch(subscriber);
    join(subscriber);
  });
}

Outcome History::run() {
  admin_ = &connect(Network{});
  for (std::size_t i = 0; i < plan_.publishers; ++i) {
    publishers_.emplace_back(stage_, random_.fork()).use(connect(publisher_network()));
  }
  for (std::size_t i = 0; i < plan_.subscribers; ++i) {
    const auto topic = static_cast<std::uint32_t>(random_.below(plan_.topics.size()));
    Subscriber& subscriber = subscribers_.emplace_back(stage_, topic, random_.percent(30));
    world_.after(random_.percent(60) ? Duration(1us) : random_.between(1us, plan_.between_acts * 60),
                 [this, &subscriber] { join(subscriber); });
  }
  schedule_act();
  run_until(1h, [&] { return phase_ != Phase::load; });
  heal();
  if (plan_.drains_under_load) {
    for (int i = 0; i < 10; ++i) publish_some();
  } else {
    end_quietly();
  }
  drain();
  return judge();
}

/// Runs until `done`, `at_most` so long. False: time was up.
bool History::run_until(Duration at_most, const std::function<bool()>& done) {
  const Instant end = world_.now() + at_most;
  while (!done()) {
    if (world_.now() > end || !stage_.broken().empty()) return false;
    too_long_ = too_long_ || world_.turns() > turns_max;
    if (too_long_ || !world_.step()) return false;
    for (const Client& client : clients_)
      if (!client.why().empty()) stage_.broken(client.why());
    if (!plan_.facts.memory_is_ample) note_continued();
  }
  return true;
}

/// A look behind the curtain, for the coverage alone: a topic was forgotten, and its numbers go on.
void History::note_continued() {
  for (std::uint32_t topic = 0; topic < plan_.topics.size(); ++topic) {
    if (forgotten_[topic] || stage_.known(topic).number == 0) continue;
    const TopicPath path(stage_.topic_namespace(topic), plan_.topics[topic]);
    bool there = false;
    for (std::size_t i = 0; i < plan_.cores && !there; ++i)
      there = world_.core(i).owner().table().find(path) != nullptr;
    forgotten_[topic] = !there;
  }
  for (; seen_records_ < stage_.records().size(); ++seen_records_) {
    const Record& record = stage_.records()[seen_records_];
    if (record.kind != Kind::publish_acked || !forgotten_[record.topic]) continue;
    if (record.slot.number > 1) ++continued_;
    forgotten_[record.topic] = false;
  }
}

void History::heal() {
  for (Client& client : clients_) client.heal();
  for (Subscriber& subscriber : subscribers_) subscriber.resume();
  for (Subscriber& subscriber : probes_) subscriber.resume();
  if (shop_ == Shop::gone) create_namespace();
}

bool History::settled() const {
  const auto idle = [](const Publisher& publisher) { return publisher.under_way() == 0; };
  return shop_ == Shop::there && std::all_of(publishers_.begin(), publishers_.end(), idle) &&
         std::all_of(subscribers_.begin(), subscribers_.end(), [](const Subscriber& s) { return s.ready(); });
}

void History::end_quietly() {
  run_until(15s, [&] { return shop_ == Shop::there; });
  run_until(15s, [&] { return settled(); });
  phase_ = Phase::markers;
  Publisher& marker = publishers_.emplace_back(stage_, random_.fork());
  marker.use(connect(Network{}));
  for (std::uint32_t topic = 0; topic < plan_.topics.size(); ++topic) marker.publish(topic);
  run_until(15s, [&] { return marker.under_way() == 0; });
  phase_ = Phase::quiet;
  stage_.note({.kind = Kind::quiet});
  run_until(plan_.facts.caught_up_within + plan_.facts.slack, [] { return false; });
  stage_.note({.kind = Kind::finished});
}

void History::drain() {
  phase_ = Phase::drain;
  stage_.note({.kind = Kind::draining});
  for (int i = 0; i < 3; ++i) publish_some();
  world_.drain();
  const bool drained = run_until(15s, [&] { return world_.drained(); });
  if (drained) stage_.note({.kind = Kind::drained});
  // What the server said last is still on its way.
  run_until(1s, [] { return false; });
  phase_ = Phase::over;
}

Outcome History::judge() {
  Outcome outcome;
  outcome.records = stage_.records();
  outcome.plan = plan_.text();
  for (const Record& record : outcome.records) outcome.log_hash = mixed(outcome.log_hash, record);
  if (!stage_.broken().empty()) {
    outcome.violation = Violation{"wire", stage_.broken(), outcome.records.size()};
  } else if (too_long_) {
    outcome.violation = Violation{"C14", "the cores never came to rest", outcome.records.size()};
  }
  Verdict verdict = check(plan_.facts, outcome.records);
  if (!outcome.violation) outcome.violation = std::move(verdict.violation);
  Coverage& coverage = outcome.coverage;
  coverage.add_rows(verdict.rows);
  coverage.add_world(world_);
  coverage.add(Coverage::stalls_inside_messages, stage_.stalls_inside_messages);
  coverage.add(Coverage::continued_after_eviction, continued_);
  coverage.add(Coverage::deletions_under_subscribers, stage_.ended_by_deletion);
  coverage.add(Coverage::drains_of_streams, stage_.ended_by_drain);
  const auto items = std::count_if(outcome.records.begin(), outcome.records.end(),
                                   [](const Record& record) { return record.kind == Kind::item; });
  coverage.add_size(stage_.publishes(), static_cast<std::uint64_t>(items), world_.turns());
  return outcome;
}

}  // namespace hark::sim
