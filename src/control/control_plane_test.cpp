#include "control/control_plane.h"

#include <gtest/gtest.h>

#include "fabric/fakes_for_test.h"

namespace hark::control {
namespace {

using fabric::ControlAnswer;
using fabric::ControlRequest;
using fabric::StateApplied;
using fabric::StateUpdate;
using Verb = ControlRequest::Verb;

/// A control plane between cores that the test plays.
struct World {
  explicit World(std::size_t count, const Limits& with = {}) : limits(with), links(count) {
    std::vector<fabric::Link*> ways;
    for (auto& link : links) ways.push_back(&link);
    plane.emplace(limits, ways, ControlPlane::initial_state(count));
  }

  void ask(topic::CoreId from, Verb verb, const std::string& name, std::uint64_t ticket = 1) {
    plane->on_request(from, {verb, ticket, name});
  }
  /// The next parcel to `core` is this state.
  fabric::ClusterStateRef state_to(topic::CoreId core) { return links[core].take<StateUpdate>().state; }
  /// Every core takes the state that comes next, and says so.
  fabric::ClusterStateRef apply_everywhere() {
    std::vector<fabric::ClusterStateRef> states;
    for (topic::CoreId core = 0; core < links.size(); ++core) states.push_back(state_to(core));
    for (const auto& state : states) EXPECT_EQ(state, states.front());
    for (const auto& state : states) plane->on_applied({state->version});
    return states.front();
  }
  ControlAnswer answer_to(topic::CoreId core) { return links[core].take<ControlAnswer>(); }
  std::size_t waiting(topic::CoreId core) const { return links[core].sent.size(); }

  Limits limits;
  std::vector<fabric::FakeLink> links;
  std::optional<ControlPlane> plane;
};

TEST(ControlPlane, BeginsWithOneNamespaceAndEqualCores) {
  const auto state = ControlPlane::initial_state(3);
  EXPECT_EQ(state->version, 1u);
  EXPECT_NE(state->find_namespace("default"), nullptr);
  std::array<std::size_t, 3> owned{};
  for (int i = 0; i < 3000; ++i)
    ++owned[state->owners->owner_of(TopicPath("default", "topic" + std::to_string(i)).hash())];
  for (const std::size_t count : owned) EXPECT_GT(count, 800u);
}

TEST(ControlPlane, AnswersWhenEveryCoreHasCarriedItOut) {
  World world(3);
  world.ask(1, Verb::create_namespace, "a", 77);
  EXPECT_FALSE(world.plane->settled());
  const std::array states{world.state_to(0), world.state_to(1), world.state_to(2)};
  EXPECT_EQ(states[0]->version, 2u);
  EXPECT_NE(states[0]->find_namespace("a"), nullptr);
  EXPECT_NE(states[0]->find_namespace("default"), nullptr);
  for (int i = 0; i < 2; ++i) {
    world.plane->on_applied({2});
    EXPECT_EQ(world.waiting(1), 0u) << "after " << i + 1 << " of 3";
  }
  world.plane->on_applied({2});
  const ControlAnswer answer = world.answer_to(1);
  EXPECT_EQ(answer.ticket, 77u);
  EXPECT_FALSE(answer.error);
  EXPECT_TRUE(world.plane->settled());
}

TEST(ControlPlane, CarriesOutOneChangeAfterTheOtherInTheOrderOfTheAskers) {
  World world(2);
  world.ask(0, Verb::create_namespace, "a", 1);
  world.ask(1, Verb::delete_namespace, "a", 2);
  world.ask(0, Verb::create_namespace, "a", 3);
  EXPECT_EQ(world.waiting(0), 1u) << "the second waits for the first";
  const auto first = world.apply_everywhere();
  EXPECT_EQ(world.answer_to(0).ticket, 1u);
  const auto second = world.apply_everywhere();
  EXPECT_EQ(second->find_namespace("a"), nullptr);
  EXPECT_EQ(world.answer_to(1).ticket, 2u);
  const auto third = world.apply_everywhere();
  EXPECT_EQ(world.answer_to(0).ticket, 3u);
  EXPECT_NE(third->find_namespace("a")->id, first->find_namespace("a")->id) << "it is another namespace";
  EXPECT_EQ(third->version, 4u);
}

TEST(ControlPlane, RefusesWithoutAnewState) {
  World world(2);
  world.ask(1, Verb::create_namespace, "default", 5);
  ControlAnswer answer = world.answer_to(1);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::namespace_exists);
  EXPECT_EQ(answer.ticket, 5u);
  world.ask(1, Verb::delete_namespace, "missing", 6);
  answer = world.answer_to(1);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::namespace_not_found);
  EXPECT_EQ(world.waiting(0) + world.waiting(1), 0u);
  EXPECT_TRUE(world.plane->settled());
}

// What waits is judged by the state that it meets, not by the one that was when it was asked.
TEST(ControlPlane, JudgesWhenItsTurnComes) {
  World world(2);
  world.ask(0, Verb::create_namespace, "a", 1);
  world.ask(1, Verb::create_namespace, "a", 2);
  world.apply_everywhere();
  EXPECT_FALSE(world.answer_to(0).error);
  const ControlAnswer answer = world.answer_to(1);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::namespace_exists);
}

TEST(ControlPlane, LimitsTheNumberOfNamespaces) {
  Limits limits;
  limits.namespaces_max = 3;
  World world(1, limits);
  for (const char* name : {"a", "b"}) {
    world.ask(0, Verb::create_namespace, name);
    world.apply_everywhere();
    EXPECT_FALSE(world.answer_to(0).error) << name;
  }
  world.ask(0, Verb::create_namespace, "c");
  const ControlAnswer answer = world.answer_to(0);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::memory_limit);
  world.ask(0, Verb::delete_namespace, "a");
  world.apply_everywhere();
  EXPECT_FALSE(world.answer_to(0).error);
  world.ask(0, Verb::create_namespace, "c");
  world.apply_everywhere();
  EXPECT_FALSE(world.answer_to(0).error) << "there is room again";
}

TEST(ControlPlane, LosesNothingToFullLinks) {
  World world(3);
  for (auto& link : world.links) link.slots = 0;
  world.ask(2, Verb::create_namespace, "a", 9);
  for (topic::CoreId core = 0; core < 3; ++core) EXPECT_EQ(world.waiting(core), 0u);
  EXPECT_TRUE(world.plane->has_backlog());
  EXPECT_FALSE(world.plane->settled());
  world.plane->pump();
  world.links[0].slots = world.links[1].slots = 1;
  world.plane->pump();
  EXPECT_EQ(world.waiting(0), 1u);
  EXPECT_EQ(world.waiting(1), 1u);
  EXPECT_TRUE(world.plane->has_backlog());
  world.links[2].slots = 1;
  world.plane->pump();
  EXPECT_FALSE(world.plane->has_backlog());
  world.apply_everywhere();
  EXPECT_EQ(world.answer_to(2).ticket, 9u);
}

// One core that takes nothing keeps the others neither from their state nor from their answers.
TEST(ControlPlane, AFullLinkHoldsUpNoOther) {
  World world(3);
  world.links[0].slots = 0;
  world.ask(2, Verb::create_namespace, "a");
  EXPECT_EQ(world.waiting(1), 1u);
  EXPECT_EQ(world.waiting(2), 1u);
  world.links[0].slots = 5;
  world.plane->pump();
  world.apply_everywhere();
  EXPECT_FALSE(world.answer_to(2).error);
}

TEST(ControlPlane, ChangesOwnersBetweenOtherChanges) {
  World world(2);
  world.ask(0, Verb::create_namespace, "a", 1);
  world.plane->change_owners({0.0, 1.0});
  world.ask(0, Verb::create_namespace, "b", 2);
  world.apply_everywhere();
  EXPECT_EQ(world.answer_to(0).ticket, 1u);
  const auto moved = world.apply_everywhere();
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(moved->owners->owner_of(TopicPath("a", "topic" + std::to_string(i)).hash()), 1u);
  const auto last = world.apply_everywhere();
  EXPECT_EQ(world.answer_to(0).ticket, 2u) << "nobody is answered for the owners";
  EXPECT_EQ(last->owners, moved->owners);
  EXPECT_TRUE(world.plane->settled());
}

}  // namespace
}  // namespace hark::control
