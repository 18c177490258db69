// Owner, handoff, publisher and mailboxes together: whatever order real cores could bring about.
#include <gtest/gtest.h>

#include "base/keyed_hash.h"
#include "fabric/world_for_test.h"

namespace hark::fabric {
namespace {

/// What happened over all seeds of a test: a pass in which nothing happened proves nothing.
struct Sum {
  std::map<std::string, std::size_t> answers;
  std::size_t seen = 0, gaps = 0, states = 0, moved = 0, parked = 0, topics_moved = 0, resent = 0,
              evicted = 0;

  void add(World& world) {
    for (const auto& [answer, count] : world.truth.answers) answers[answer] += count;
    seen += world.truth.messages_seen, gaps += world.truth.gaps_seen, states += world.states;
    for (std::size_t i = 0; i < world.plan().cores; ++i) {
      WorldCore& core = world.core(i);
      moved += core.counters.publishes_moved.value(), parked += core.counters.publishes_parked.value();
      topics_moved += core.counters.topics_moved_in.value();
      resent += core.publisher_counters.resent.value();
      evicted += core.counters.table.evicted.value();
    }
  }
};

WorldPlan plan_of(unsigned seed) {
  std::mt19937 random(seed ^ 0x9e3779b9);
  const auto one_of = [&](std::initializer_list<std::size_t> choices) {
    return choices.begin()[random() % choices.size()];
  };
  WorldPlan plan;
  // 128 slots less what is kept free: 2 or 6 for deliveries, or plenty.
  plan.limits.publish_credits = one_of({2, 29, 31});
  plan.limits.delivery_messages_max = one_of({1, 3, 512});
  plan.limits.delivery_bytes_max = one_of({1, 1 << 20});
  plan.limits.replay_messages_max = one_of({1, 4, 10'000});
  plan.limits.publish_deadline = std::chrono::hours(1);
  plan.topics = one_of({1, 2, 8});
  return plan;
}

void run(unsigned seed, const WorldPlan& plan, Sum& sum, int steps = 300) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  set_hash_key(HashKey{});
  World world(seed, plan);
  for (int i = 0; i < steps && world.truth.problem().empty(); ++i) world.step();
  const bool settled = world.settle();
  if (settled) world.check_end();
  sum.add(world);
  ASSERT_EQ(world.truth.problem(), "");
  ASSERT_TRUE(settled) << "it does not come to an end";
}

TEST(World, KeepsPagesNumbersAndOrderWhileTopicsMove) {
  Sum sum;
  for (unsigned seed = 0; seed < 200 && !testing::Test::HasFatalFailure(); ++seed)
    run(seed, plan_of(seed), sum);
  EXPECT_EQ(sum.answers.size(), 1u) << "nothing is refused or unknown";
  EXPECT_GT(sum.answers["committed"], 10'000u);
  EXPECT_GT(sum.seen, 10'000u);
  EXPECT_GT(sum.gaps, 100u);
  EXPECT_GT(sum.states, 300u);
  EXPECT_GT(sum.topics_moved, 400u);
  EXPECT_GT(sum.moved, 100u);
  EXPECT_GT(sum.parked, 100u);
  EXPECT_GT(sum.resent, 100u);
}

TEST(World, ShowsAndMovesOnlyWhatIsCommitted) {
  Sum sum;
  for (unsigned seed = 1000; seed < 1200 && !testing::Test::HasFatalFailure(); ++seed) {
    WorldPlan plan = plan_of(seed);
    plan.slow_log = true;
    run(seed, plan, sum);
  }
  EXPECT_EQ(sum.answers.size(), 1u);
  EXPECT_GT(sum.topics_moved, 400u);
  EXPECT_GT(sum.moved, 100u);
}

TEST(World, EndsAndBeginsNamespacesWhileMessagesAreUnderWay) {
  Sum sum;
  for (unsigned seed = 2000; seed < 2200 && !testing::Test::HasFatalFailure(); ++seed) {
    WorldPlan plan = plan_of(seed);
    plan.slow_log = seed % 2 == 0;
    plan.namespaces_end = true;
    run(seed, plan, sum);
  }
  EXPECT_GT(sum.answers[to_string(ErrorCode::namespace_not_found)], 100u);
  EXPECT_GT(sum.answers["committed"], 10'000u);
  EXPECT_EQ(sum.answers.size(), 2u);
}

TEST(World, TellsUnknownOnceAndLosesNoCredit) {
  Sum sum;
  for (unsigned seed = 3000; seed < 3200 && !testing::Test::HasFatalFailure(); ++seed) {
    WorldPlan plan = plan_of(seed);
    plan.slow_log = seed % 2 == 0;
    plan.limits.publish_deadline = std::chrono::milliseconds(50 + seed % 300);
    run(seed, plan, sum);
  }
  EXPECT_GT(sum.answers[to_string(ErrorCode::deadline_exceeded)], 100u);
  EXPECT_GT(sum.answers[to_string(ErrorCode::unavailable)], 10u) << "held back for too long";
}

TEST(World, ForgetsAndRefusesWithinItsBudget) {
  Sum sum;
  for (unsigned seed = 4000; seed < 4200 && !testing::Test::HasFatalFailure(); ++seed) {
    WorldPlan plan = plan_of(seed);
    plan.topics = 12;
    plan.slow_log = seed % 2 == 0;
    plan.namespaces_end = seed % 4 >= 2;
    plan.limits.topics_max = seed % 8 < 4 ? 4 + seed % 4 : 12;  // else every topic is remembered
    plan.limits.topics_bytes_max = 1'000 + 500 * (seed % 7);
    run(seed, plan, sum);
  }
  EXPECT_GT(sum.answers[to_string(ErrorCode::memory_limit)], 100u);
  EXPECT_GT(sum.answers["committed"], 1'000u);
  EXPECT_GT(sum.evicted, 1'000u);
}

}  // namespace
}  // namespace hark::fabric
