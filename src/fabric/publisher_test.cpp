#include "fabric/publisher.h"

#include <gtest/gtest.h>

#include "fabric/fakes_for_test.h"

namespace hark::fabric {
namespace {

constexpr Instant start{1h};

// A publisher between two owners, and what its askers were told.
class PublisherTest : public testing::Test, protected PublishListener {
 protected:
  PublisherTest() { limits_.publish_credits = 4; }

  void on_published(const PublishOrigin& origin, const Result<Position>& result) override {
    told_ += std::to_string(origin.ticket) + "=" +
             (result ? std::to_string(result->number.value()) : to_string(result.error().code)) + " ";
  }
  /// A topic that core 0 owns in odd versions and core 1 in even ones.
  TopicPath path() const { return TopicPath("ns", "moves"); }
  /// Core 0 owns all topics, or core 1 does.
  static ClusterStateRef state(std::uint64_t version) {
    const bool odd = version % 2 == 1;
    return state_of(
        version, 1,
        std::make_shared<topic::OwnerMap>(version, std::vector<double>{odd ? 1.0 : 0, odd ? 0 : 1.0}));
  }
  void publish(std::uint64_t ticket, Instant now = start) { publish_to(path(), ticket, now); }
  void publish_to(const TopicPath& path, std::uint64_t ticket, Instant now = start) {
    publisher_.publish(path, draft_of(std::to_string(ticket)), {{}, ticket}, now);
  }
  /// The owner's answers to its oldest publish.
  void commit(std::size_t core, std::uint64_t number) {
    auto publish = link_[core].take<Publish>();
    publisher_.on_answer({publish.request,
                          PublishAnswer::Outcome::committed,
                          {},
                          {SequencePage(7), SequenceNumber(number)},
                          nullptr,
                          0});
  }
  void refuse(std::size_t core, ErrorCode error) {
    auto publish = link_[core].take<Publish>();
    publisher_.on_answer({publish.request, PublishAnswer::Outcome::refused, error, {}, nullptr, 0});
  }
  void say_moved(std::size_t core, std::uint64_t version) {
    auto publish = std::make_unique<Publish>(link_[core].take<Publish>());
    const RequestId request = publish->request;
    publisher_.on_answer({request, PublishAnswer::Outcome::moved, {}, {}, std::move(publish), version});
  }
  /// What is on its way to a core: payload@version.
  std::string sent(std::size_t core) const {
    std::string text;
    for (const Parcel& parcel : link_[core].sent) {
      const auto& publish = std::get<Publish>(parcel);
      text += std::string(publish.draft.payload.text()) + "@" + std::to_string(publish.state_version) + " ";
    }
    return text;
  }
  std::string told() { return std::exchange(told_, {}); }

  Limits limits_;
  FakeLink link_[2];
  PublisherCounters counters_;
  std::string told_;
  Publisher publisher_{limits_, {&link_[0], &link_[1]}, state(1), *this, counters_};
};

TEST_F(PublisherTest, AsksTheOwnerWithinItsCreditsAndTellsTheAnswer) {
  for (std::uint64_t ticket = 1; ticket <= 4; ++ticket) {
    EXPECT_TRUE(publisher_.has_credit(path()));
    publish(ticket);
  }
  EXPECT_FALSE(publisher_.has_credit(path()));
  EXPECT_EQ(sent(0), "1@1 2@1 3@1 4@1 ");
  EXPECT_EQ(told(), "") << "never from inside publish()";
  const auto answers = publisher_.answers();
  commit(0, 9);
  EXPECT_TRUE(publisher_.has_credit(path()));
  EXPECT_NE(publisher_.answers(), answers);
  refuse(0, ErrorCode::memory_limit);
  EXPECT_EQ(told(), std::string("1=9 2=") + to_string(ErrorCode::memory_limit) + " ");
  EXPECT_EQ(publisher_.under_way(), 2u);
  EXPECT_EQ(counters_.under_way.value(), 2u);
}

TEST_F(PublisherTest, TellsUnknownOnceAndKeepsTheCreditUntilTheOwnerAnswers) {
  publish(1), publish(2, start + 1s);
  publisher_.tick(start + limits_.publish_deadline - 1ns);
  EXPECT_EQ(told(), "");
  publisher_.tick(start + limits_.publish_deadline);
  const std::string unknown = to_string(ErrorCode::deadline_exceeded);
  EXPECT_EQ(told(), "1=" + unknown + " ");
  publisher_.tick(start + limits_.publish_deadline + 1s);
  EXPECT_EQ(told(), "2=" + unknown + " ");
  publish(3, start + 10s), publish(4, start + 10s);
  EXPECT_FALSE(publisher_.has_credit(path())) << "its slot waits for the owner";
  commit(0, 1);
  EXPECT_EQ(told(), "") << "told already";
  EXPECT_TRUE(publisher_.has_credit(path()));
  EXPECT_EQ(publisher_.under_way(), 3u);
  EXPECT_EQ(counters_.timed_out.value(), 2u);
}

// A session that waited for credit counts from when it was asked, which may be before others were.
TEST_F(PublisherTest, TellsTheEarliestFirstWhoeverWasSentFirst) {
  publish(1, start + 3s);
  publish(2, start);
  publish(3, start + 1s);
  const std::string unknown = to_string(ErrorCode::deadline_exceeded);
  publisher_.tick(start + limits_.publish_deadline);
  EXPECT_EQ(told(), "2=" + unknown + " ");
  publisher_.tick(start + limits_.publish_deadline + 1s);
  EXPECT_EQ(told(), "3=" + unknown + " ");
  publisher_.tick(start + limits_.publish_deadline + 3s);
  EXPECT_EQ(told(), "1=" + unknown + " ");
}

TEST_F(PublisherTest, HoldsNewerOnesBackUntilTheFormerOwnerAnswered) {
  publish(1), publish(2);
  publisher_.apply(state(2));
  publish(3);
  EXPECT_EQ(sent(1), "");
  commit(0, 1);
  EXPECT_EQ(sent(1), "");
  commit(0, 2);
  EXPECT_EQ(sent(1), "3@2 ");
  publish(4);
  EXPECT_EQ(sent(1), "3@2 4@2 ") << "nothing is held back any more";
  commit(1, 3), commit(1, 4);
  EXPECT_EQ(told(), "1=1 2=2 3=3 4=4 ");
  EXPECT_EQ(publisher_.under_way(), 0u);
}

TEST_F(PublisherTest, SendsAgainInOrderWhatCameTooLate) {
  publish(1), publish(2), publish(3);
  commit(0, 1);
  say_moved(0, 2);  // before this core has that state
  publish(4);
  say_moved(0, 2);
  EXPECT_EQ(sent(0) + sent(1), "") << "waits for the state that the owner had";
  const auto answers = publisher_.answers();
  publisher_.apply(state(2));
  EXPECT_NE(publisher_.answers(), answers) << "there may be credit now";
  EXPECT_EQ(sent(1), "2@2 3@2 4@2 ");
}

TEST_F(PublisherTest, KeepsTheOrderOverTwoMovesWhenCreditsAreShort) {
  const TopicPath other("ns", "other");
  publish(1), publish(2), publish(3);
  publisher_.apply(state(2));
  publish_to(other, 90), publish_to(other, 91);  // leave two credits of core 1
  for (int i = 0; i < 3; ++i) say_moved(0, 2);
  EXPECT_EQ(sent(1), "90@2 91@2 1@2 2@2 ");
  publisher_.apply(state(3));
  publish(4);
  commit(1, 1), commit(1, 2);
  say_moved(1, 3), say_moved(1, 3);
  EXPECT_EQ(sent(0), "1@3 2@3 3@3 4@3 ");
}

TEST_F(PublisherTest, DropsWhatItCouldNotSendInTimeAndSaysSo) {
  publish(1);
  publisher_.apply(state(2));
  publish(2, start + 1s);  // held back: core 0 does not answer
  publish_to(TopicPath("ns", "other"), 3, start + 2s);
  publisher_.tick(start + 6s);
  const std::string no = to_string(ErrorCode::unavailable), unknown = to_string(ErrorCode::deadline_exceeded);
  EXPECT_EQ(told(), "1=" + unknown + " 2=" + no + " ") << "nobody will ever see 2";
  commit(0, 1);
  EXPECT_EQ(sent(1), "3@2 ");
  publish(4, start + 7s);
  EXPECT_EQ(sent(1), "3@2 4@2 ");
  EXPECT_EQ(publisher_.under_way(), 2u);
}

TEST_F(PublisherTest, SendsNothingAgainOfWhichTheAskerWasToldUnknown) {
  publish(1), publish(2, start + 1s);
  publisher_.tick(start + 5s);
  told();
  say_moved(0, 2), say_moved(0, 2);
  publisher_.apply(state(2));
  EXPECT_EQ(sent(1), "2@2 ");
  EXPECT_EQ(told(), "");
  EXPECT_EQ(publisher_.under_way(), 1u);
}

TEST_F(PublisherTest, HoldsBackALimitedNumber) {
  publish(1);
  publish_to(TopicPath("ns", "other"), 2);
  publisher_.apply(state(2));
  std::uint64_t held = 0;
  while (publisher_.has_credit(path()) && held < 1000) publish(10 + held++);
  EXPECT_EQ(held, limits_.publish_credits);
  EXPECT_FALSE(publisher_.has_credit(TopicPath("ns", "other"))) << "over all topics";
  EXPECT_TRUE(publisher_.has_credit(TopicPath("ns", "third")))
      << "not one that did not move while it was asked";
}

TEST_F(PublisherTest, MayBeAskedAgainFromInsideItsAnswer) {
  struct Again : PublishListener {
    void on_published(const PublishOrigin& origin, const Result<Position>&) override {
      if (origin.ticket < 100)
        publisher->publish(TopicPath("ns", "moves"), draft_of("again"), {{}, origin.ticket + 100}, start);
    }
    Publisher* publisher = nullptr;
  } again;
  Publisher publisher(limits_, {&link_[0], &link_[1]}, state(1), again, counters_);
  again.publisher = &publisher;
  for (std::uint64_t ticket = 1; ticket <= 4; ++ticket)
    publisher.publish(path(), draft_of(std::to_string(ticket)), {{}, ticket}, start);
  for (int i = 0; i < 3; ++i) {
    auto publish = link_[0].take<Publish>();
    publisher.on_answer({publish.request, PublishAnswer::Outcome::committed, {}, {}, nullptr, 0});
  }
  publisher.tick(start + 6s);
  while (!link_[0].sent.empty()) {
    auto publish = link_[0].take<Publish>();
    publisher.on_answer({publish.request, PublishAnswer::Outcome::committed, {}, {}, nullptr, 0});
  }
  EXPECT_EQ(publisher.under_way(), 0u);
}

}  // namespace
}  // namespace hark::fabric
