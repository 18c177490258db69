#include "tests/sim/plan.h"

#include <fmt/format.h>

namespace hark::sim {
namespace {

void choose_buffer(Plan& plan, Random& random) {
  Limits& limits = plan.limits;
  limits.message_bytes_max = random.one_of<std::size_t>({128, 128, 1024, 40'000});
  limits.replay_messages_max = random.percent(70) ? random.between(4, 64) : 10'000;
  limits.replay_bytes_max = random.percent(30) ? limits.message_bytes_max * random.between(4, 16) : 4 << 20;
  limits.replay_age_max = random.percent(25) ? random.between(300ms, 5s) : Duration(10min);
  plan.large_payloads = limits.message_bytes_max > 1024 ? random.percent(60) : random.percent(30);
  plan.payload_max = random.between(8, 100);
}

void choose_memory(Plan& plan, Random& random) {
  Limits& limits = plan.limits;
  if (random.percent(20)) {
    plan.facts.memory_is_ample = false;
    limits.topics_bytes_max = random.between(3'000, 12'000) + 2 * limits.message_bytes_max;
    if (random.percent(40)) {
      plan.facts.names_are_remembered = false;
      limits.topics_max = random.between(2, 8);
    }
    limits.view_linger = random.between(0ms, 200ms);
  } else {
    limits.view_linger = random.between(0ms, 3s);
  }
  limits.lingering_views_max = random.between(1, 16);
  limits.framed_bytes_max = random.percent(40) ? random.between(1, 2'000) : 256 << 20;
  if (random.percent(8)) {
    plan.facts.resets_pinners = true;
    limits.pinned_bytes_max = random.between(50, 2'000);
  }
}

void choose_turn(Plan& plan, Random& random) {
  Limits& limits = plan.limits;
  limits.read_bytes_a_turn = random.percent(50) ? random.between(16, 2'000) : 64 << 10;
  limits.publishes_a_turn = random.percent(50) ? random.between(1, 16) : 256;
  limits.flush_a_turn = random.percent(50) ? random.between(1us, 60us) : Duration(1ms);
  limits.write_bytes_max = random.percent(50) ? random.between(64, 4'000) : 128 << 10;
  limits.write_bytes_first = random.between(32, limits.write_bytes_max);
  limits.parcels_a_turn = random.percent(50) ? random.between(1, 32) : 1024;
  limits.delivery_messages_max = random.percent(50) ? random.between(1, 8) : 512;
  limits.delivery_bytes_max = random.percent(30) ? random.between(1, 1'000) : 1 << 20;
  limits.publish_credits = random.percent(60) ? random.between(1, 8) : random.between(8, 80);
  limits.mailbox_slots = random.percent(60) ? 256 : 1024;
  plan.facts.inbound_is_ample = random.percent(70);
  limits.inbound_bytes_max =
      plan.facts.inbound_is_ample ? 64 << 20 : random.between(1, limits.message_bytes_max * 2);
  limits.heartbeat_every = random.percent(40) ? random.between(300ms, 2s) : random.between(8s, 15s);
}

void choose_names(Plan& plan, Random& random) {
  Facts& facts = plan.facts;
  plan.namespaces = {"default", "shop"};
  facts.begins_with_latest = {!random.percent(15), !random.percent(15)};
  const std::size_t topics = facts.memory_is_ample ? random.between(2, 5) : random.between(5, 12);
  for (std::size_t i = 0; i < topics; ++i) {
    plan.topics.push_back(fmt::format("topic-{}-{}", i, random.below(1'000'000)));
    facts.topic_namespaces.push_back(random.percent(70) ? 0 : 1);
  }
}

void choose_network(Plan& plan, Random& random) {
  plan.delay_max = random.one_of<Duration>({20us, 200us, 2ms, 10ms});
  plan.chunk_max = random.one_of<std::size_t>({1, 7, 64, 1'000, 20'000});
  plan.socket_max = random.one_of<std::size_t>({1, 40, 300, 5'000, 100'000});
  plan.window_max = random.one_of<std::uint32_t>({30, 300, 65'535});
  // Large messages byte by byte would only cost time.
  if (plan.large_payloads && plan.limits.message_bytes_max > 1024) {
    plan.chunk_max = std::max<std::size_t>(plan.chunk_max, 64);
    plan.socket_max = std::max<std::size_t>(plan.socket_max, 300);
    plan.window_max = std::max<std::uint32_t>(plan.window_max, 300);
  }
}

}  // namespace

Plan Plan::random(std::uint64_t seed) {
  Plan plan;
  plan.seed = seed;
  Random random(seed * 0x2545F4914F6CDD1DULL + 1);
  plan.cores = random.between(3, 5);
  choose_buffer(plan, random);
  choose_memory(plan, random);
  choose_turn(plan, random);
  choose_names(plan, random);
  choose_network(plan, random);
  plan.publishers = random.between(2, 4);
  plan.subscribers = random.between(8, 12);
  plan.publishes = random.between(200, 260);
  plan.between_acts = random.one_of<Duration>({500us, 5ms, 50ms});
  if (random.percent(40)) plan.commit_delay_max = random.one_of<Duration>({50us, 2ms, 100ms});
  // One publish at a time to a log that takes so long is less than is published: answers would come too late.
  if (plan.commit_delay_max > Duration(2ms) && plan.limits.publish_credits < 8) plan.commit_delay_max = 2ms;
  plan.pages_run_out = random.percent(10);
  plan.drains_under_load = random.percent(8);
  plan.stalls = random.between(0, 10);
  plan.cuts = random.between(0, 6);
  plan.moves = random.percent(75) ? random.between(1, 8) : 0;
  plan.deletions = random.percent(40) ? random.between(1, 3) : 0;
  plan.probes = random.between(2, 12);
  plan.pauses = random.between(0, 3);
  Facts& facts = plan.facts;
  facts.kept_messages = plan.limits.replay_messages_max;
  facts.kept_bytes = plan.limits.replay_bytes_max;
  facts.kept_for = plan.limits.replay_age_max;
  facts.message_bytes_max = plan.limits.message_bytes_max;
  facts.answer_within = plan.limits.publish_deadline;
  return plan;
}

std::string Plan::text() const {
  const auto us = [](Duration d) { return d / 1us; };
  return fmt::format(
      "{} cores, {} topics, message <= {}, kept {} messages, {} bytes, {} ms; topics <= {} bytes, {} names; view linger "
      "{} ms, {} views; framed <= {}; pinned <= {}; a turn: read {}, publishes {}, flush {} us, write {} to {}, parcels "
      "{}, delivery {} messages, {} bytes; credits {}, mailbox {}, inbound {}, heartbeat {} ms; commit delay {} us; acts "
      "every {} us; network: {} us, chunk {}, socket {}, window {}{}",
      cores, topics.size(), limits.message_bytes_max, limits.replay_messages_max, limits.replay_bytes_max,
      limits.replay_age_max / 1ms, limits.topics_bytes_max, limits.topics_max, limits.view_linger / 1ms,
      limits.lingering_views_max, limits.framed_bytes_max, limits.pinned_bytes_max, limits.read_bytes_a_turn,
      limits.publishes_a_turn, us(limits.flush_a_turn), limits.write_bytes_first, limits.write_bytes_max,
      limits.parcels_a_turn, limits.delivery_messages_max, limits.delivery_bytes_max, limits.publish_credits,
      limits.mailbox_slots, limits.inbound_bytes_max, limits.heartbeat_every / 1ms, us(commit_delay_max),
      us(between_acts), us(delay_max), chunk_max, socket_max, window_max,
      pages_run_out ? "; pages run out" : "");
}

}  // namespace hark::sim
