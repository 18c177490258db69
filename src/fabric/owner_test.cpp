#include "fabric/owner.h"

#include <gtest/gtest.h>

#include "fabric/fakes_for_test.h"

namespace hark::fabric {
namespace {

constexpr Instant start{1h};

// The owner of core 0 of two, with links that the test reads. Random orders are world_test.cpp's.
class OwnerTest : public testing::Test {
 protected:
  static Limits small_limits() {
    Limits limits;
    limits.publish_credits = 8;
    limits.replay_messages_max = 4;
    limits.delivery_messages_max = 3;
    return limits;
  }
  /// Version 1: core 0 owns everything. `owner` of a later one; `namespace_id` of "ns", 0 for none.
  ClusterStateRef state(std::uint64_t version, CoreId owner = 0, std::uint64_t namespace_id = 1) {
    if (owner != owner_now_ || !owners_)
      owners_ = std::make_shared<topic::OwnerMap>(
          version, std::vector<double>{owner == 0 ? 1.0 : 0, owner == 0 ? 0 : 1.0});
    owner_now_ = owner;
    return state_of(version, namespace_id, owners_);
  }
  void publish(std::string_view text, std::uint64_t version = 1, const char* topic = "t") {
    owner_.on_publish(1, {{++requests_, 1}, version, TopicPath("ns", topic), draft_of(text)}, start);
  }
  void subscribe(Epoch epoch = 1, Position have = {}, std::uint64_t version = 1) {
    owner_.on_register(1, {ViewId{5, 1}, epoch, version, TopicPath("ns", "t"), have}, start);
    owner_.pump();
  }
  /// Takes what is on its way to core 1, in words.
  std::string sent() {
    std::string text;
    for (; !link_[1].sent.empty(); link_[1].sent.pop_front()) text += describe(link_[1].sent.front()) + "; ";
    return text;
  }
  std::string describe(const Parcel& parcel) {
    const auto numbers = [](const std::vector<MessageRef>& messages) {
      std::string text;
      for (const auto& m : messages)
        text += " " + std::to_string(m->number().value()) + std::string(m->payload().text());
      return text;
    };
    if (const auto* p = std::get_if<PublishAnswer>(&parcel)) {
      if (p->outcome == PublishAnswer::Outcome::committed)
        return "committed " + std::to_string(p->position.number.value());
      if (p->outcome == PublishAnswer::Outcome::refused) return std::string("refused ") + to_string(p->error);
      return "moved " + std::string(p->returned->draft.payload.text()) + "@" +
             std::to_string(p->state_version);
    }
    if (const auto* p = std::get_if<Registered>(&parcel)) {
      interest_ = p->interest;
      return "registered " + std::to_string(p->epoch) + " " + std::to_string(p->oldest.value()) + "-" +
             std::to_string(p->next.value()) + ":" + numbers(p->kept);
    }
    if (const auto* p = std::get_if<Delivery>(&parcel))
      return "from " + std::to_string(p->oldest.value()) + ":" + numbers(p->messages);
    if (const auto* p = std::get_if<Transfer>(&parcel)) return "topic " + p->topic->path.text();
    if (const auto* p = std::get_if<TransferForgotten>(&parcel))
      return "forgotten " + std::to_string(p->topics.size());
    if (const auto* p = std::get_if<TransferDone>(&parcel)) return "done " + std::to_string(p->state_version);
    return "?";
  }
  void take_batch() {
    owner_.on_batch_taken(interest_);
    owner_.pump();
  }

  Limits limits_ = small_limits();
  FakePages pages_;
  ImmediateLog log_;
  FakeLink link_[2];
  OwnerCounters counters_;
  std::shared_ptr<const topic::OwnerMap> owners_;
  CoreId owner_now_ = 0;
  std::uint32_t requests_ = 0;
  InterestId interest_;
  Owner owner_{0, limits_, pages_, log_, {&link_[0], &link_[1]}, state(1), counters_};
};

TEST_F(OwnerTest, AnswersARegistrationWithWhatTheViewLacks) {
  for (const auto* text : {"a", "b", "c", "d", "e"}) publish(text);
  sent();
  const struct {
    const char* name;
    Position have;
    const char* answer;
  } cases[] = {
      {"nothing yet", {}, "registered 1 2-6: 2b 3c 4d 5e; "},
      {"some", {SequencePage(100), SequenceNumber(4)}, "registered 1 2-6: 4d 5e; "},
      {"all", {SequencePage(100), SequenceNumber(6)}, "registered 1 2-6:; "},
      {"the oldest kept", {SequencePage(100), SequenceNumber(2)}, "registered 1 2-6: 2b 3c 4d 5e; "},
      {"less than is kept", {SequencePage(100), SequenceNumber(1)}, "registered 1 2-6: 2b 3c 4d 5e; "},
      {"more than there is", {SequencePage(100), SequenceNumber(9)}, "registered 1 2-6:; "},
      {"another page", {SequencePage(99), SequenceNumber(4)}, "registered 1 2-6: 2b 3c 4d 5e; "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    subscribe(1, c.have);
    EXPECT_EQ(sent(), c.answer);
    owner_.on_unregister(interest_);
  }
  EXPECT_EQ(counters_.interests.value(), 0u);
}

TEST_F(OwnerTest, HasOneBatchATopicOnTheWay) {
  subscribe();
  EXPECT_EQ(sent(), "registered 1 1-1:; ");
  publish("a");
  owner_.pump();
  EXPECT_EQ(sent(), "committed 1; from 1: 1a; ");
  for (const auto* text : {"b", "c", "d", "e", "f", "g"}) publish(text);
  sent();
  owner_.pump();
  EXPECT_EQ(sent(), "") << "the first batch was not taken yet";
  take_batch();
  EXPECT_EQ(sent(), "from 2: 2b; ") << "lost meanwhile, but an item comes before the hole";
  take_batch();
  EXPECT_EQ(sent(), "from 4: 4d 5e 6f; ") << "3 is lost, and `oldest` tells so";
  take_batch();
  EXPECT_EQ(sent(), "from 4: 7g; ");
  take_batch();
  EXPECT_EQ(sent(), "");
  EXPECT_FALSE(owner_.has_backlog());
}

TEST_F(OwnerTest, KeepsNothingForAPlaceThatTheRingLostBefore) {
  subscribe();
  publish("a");
  owner_.pump();
  for (int i = 0; i < 8; ++i) publish("x");  // 2 is kept, the ring begins with 6
  sent();
  take_batch();
  EXPECT_EQ(sent(), "from 2: 2x; ");
  publish("y"), publish("z");  // the slot where 3 once was holds 11
  sent();
  take_batch();
  EXPECT_EQ(sent(), "from 8: 8x 9x 10y; ");
}

TEST_F(OwnerTest, StandsStillWithoutRoomAndGoesOn) {
  subscribe();
  sent();
  link_[1].slots = bulk_reserve(limits_);
  publish("a");
  owner_.pump();
  EXPECT_EQ(sent(), "committed 1; ") << "answers have room of their own";
  EXPECT_TRUE(owner_.has_backlog());
  link_[1].slots = bulk_reserve(limits_) + 1;
  owner_.pump();
  EXPECT_EQ(sent(), "from 1: 1a; ");
  EXPECT_FALSE(owner_.has_backlog());
}

TEST_F(OwnerTest, TellsViewsWhatAgedEvenIfNothingIsNew) {
  publish("a");
  subscribe();
  sent();
  owner_.tick(start + limits_.replay_age_max + 1ns);
  owner_.pump();
  EXPECT_EQ(sent(), "from 2:; ");
}

TEST_F(OwnerTest, RefusesWhatCannotBe) {
  owner_.apply(state(2, 0, 0), start);
  publish("a", 2);
  subscribe(1, {}, 2);
  EXPECT_EQ(sent(), "refused namespace_not_found; ");
  EXPECT_EQ(counters_.publishes_refused.value(), 1u);
  EXPECT_EQ(owner_.table().size(), 0u);
}

TEST_F(OwnerTest, LetsRequestsOfANewerStateWaitInOrder) {
  owner_.apply(state(2, 1), start);
  owner_.on_transfer_done(0, {2}, start);
  owner_.on_transfer_done(1, {2}, start);
  owner_.pump();
  sent();
  publish("a", 3);
  subscribe(1, {}, 3);
  publish("b", 3);
  EXPECT_EQ(sent(), "");
  publish("late", 2);
  EXPECT_EQ(sent(), "moved late@2; ");
  owner_.apply(state(3, 0), start);  // the topic is still on its way from core 1
  EXPECT_EQ(sent(), "");
  publish("c", 3);
  owner_.on_transfer({std::make_unique<topic::TopicState>(topic::TopicState{
                          TopicPath("ns", "t"), SequencePage(70), topic::ReplayRing(SequenceNumber(5))}),
                      1},
                     start);
  EXPECT_EQ(sent(), "committed 5; committed 6; committed 7; ");
  owner_.on_transfer_done(1, {3}, start);
  owner_.on_transfer_done(0, {3}, start);
  owner_.pump();
  EXPECT_EQ(sent(), "done 3; registered 1 5-8: 5a 6b 7c; ");
  EXPECT_TRUE(owner_.applied());
}

TEST_F(OwnerTest, BeginsATopicThatDidNotComeOnceItsFormerOwnerIsDone) {
  owner_.apply(state(2, 1), start);
  for (const CoreId core : {CoreId{0}, CoreId{1}}) owner_.on_transfer_done(core, {2}, start);
  owner_.pump();
  owner_.apply(state(3, 0), start);
  sent();
  publish("a", 3);
  owner_.on_transfer_forgotten({{{TopicPath("ns", "t").hash(), 1, SequencePage(70), SequenceNumber(9)}}});
  EXPECT_EQ(sent(), "");
  owner_.on_transfer_done(1, {3}, start);
  EXPECT_EQ(sent(), "committed 9; ");
}

TEST_F(OwnerTest, SendsTopicsAwayWithWhatItRemembersAndThenSaysDone) {
  limits_.topics_max = 1;
  publish("a", 1, "other"), publish("b");
  subscribe();
  sent();
  link_[1].slots = bulk_reserve(limits_);
  owner_.apply(state(2, 1), start);
  owner_.pump();
  EXPECT_EQ(sent(), "");
  EXPECT_TRUE(owner_.has_backlog());
  publish("late");
  EXPECT_EQ(sent(), "moved late@2; ");
  link_[1].slots = 1000;
  owner_.pump();
  EXPECT_EQ(sent(), "topic ns/t; forgotten 1; done 2; ");
  EXPECT_FALSE(owner_.has_backlog()) << "it waits for others, not for room";
  EXPECT_FALSE(owner_.applied());
  owner_.on_transfer_done(1, {2}, start);
  EXPECT_FALSE(owner_.applied()) << "its own mailbox has to be empty of what is older";
  owner_.on_transfer_done(0, link_[0].take<TransferDone>(), start);
  EXPECT_TRUE(owner_.applied());
  EXPECT_EQ(owner_.table().size() + owner_.table().forgotten().size(), 0u);
  EXPECT_EQ(counters_.interests.value(), 0u);
}

TEST_F(OwnerTest, TakesAReaderOverItsBudget) {
  limits_.topics_bytes_max = 0;
  publish("a");
  EXPECT_EQ(sent(), "refused memory_limit; ");
  subscribe(1);
  EXPECT_EQ(sent(), "registered 1 1-1:; ");
  subscribe(2);
  EXPECT_EQ(sent(), "registered 2 1-1:; ");
  EXPECT_EQ(owner_.table().size(), 1u) << "the second finds the first one's topic";
}

TEST_F(OwnerTest, DropsEverythingOfADeletedNamespaceAndBeginsAGreaterPage) {
  publish("a");
  subscribe();
  sent();
  owner_.apply(state(2, 0, 0), start);
  owner_.on_batch_taken(interest_);  // stale ids find nothing
  owner_.on_unregister(interest_);
  EXPECT_EQ(owner_.table().size(), 0u);
  owner_.apply(state(3, 0, 2), start);
  publish("b", 3);
  EXPECT_EQ(sent(), "committed 1; ");
  EXPECT_EQ(owner_.table().find(TopicPath("ns", "t"))->topic.page(), SequencePage(101));
}

TEST_F(OwnerTest, ShowsNothingBeforeTheLogHasIt) {
  SlowLog log;
  Owner owner(0, limits_, pages_, log, {&link_[0], &link_[1]}, state(1), counters_);
  const auto path = TopicPath("ns", "t");
  owner.on_publish(1, {{1, 1}, 1, path, draft_of(std::string(5'000, 'x'))}, start);
  EXPECT_GT(owner.table().bytes(), 5'000u) << "it costs memory before it is committed";
  owner.on_register(1, {ViewId{5, 1}, 1, 1, path, {}}, start);
  owner.pump();
  EXPECT_EQ(sent(), "registered 1 1-1:; ");
  owner.apply(state(2, 1), start);
  owner.pump();
  EXPECT_EQ(sent(), "") << "it does not leave with something under way";
  EXPECT_FALSE(owner.has_backlog());
  log.commit_one();
  owner.pump();
  EXPECT_EQ(sent(), "committed 1; topic ns/t; done 2; ");
}

}  // namespace
}  // namespace hark::fabric
