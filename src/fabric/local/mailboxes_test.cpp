#include "fabric/local/mailboxes.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "runtime/wake.h"

namespace hark::fabric::local {
namespace {

// An Unregister as a number that can be told apart.
Unregister numbered(std::uint32_t n) { return {InterestId{n, 1}}; }
std::uint32_t number_of(const Parcel& parcel) { return std::get<Unregister>(parcel).interest.index; }

bool readable(const runtime::Wake& wake) {
  pollfd poll{wake.fd(), POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

TEST(Mailboxes, CarriesParcelsFromEachCoreToEachInOrder) {
  Mailboxes mailboxes(3, 8, {});
  for (CoreId from = 0; from < 3; ++from) {
    const auto links = mailboxes.links_from(from);
    ASSERT_EQ(links.size(), 3u);
    for (std::uint32_t to = 0; to < 3; ++to)
      for (std::uint32_t n = 0; n < 4; ++n) links[to]->send(numbered(100u * from + 10u * to + n));
  }
  for (CoreId to = 0; to < 3; ++to) {
    for (CoreId from = 0; from < 3; ++from) {
      Mailbox& inbox = mailboxes.inbox(to, from);
      for (std::uint32_t n = 0; n < 4; ++n) {
        ASSERT_NE(inbox.front(), nullptr);
        EXPECT_EQ(number_of(*inbox.front()), 100u * from + 10u * to + n);
        inbox.pop();
      }
      EXPECT_EQ(inbox.front(), nullptr);
    }
  }
}

TEST(Mailboxes, HasAsMuchRoomAsItHasSlots) {
  Mailboxes mailboxes(2, 4, {});
  Link& link = *mailboxes.links_from(0)[1];
  EXPECT_TRUE(link.has_room(4));
  EXPECT_FALSE(link.has_room(5));
  for (std::uint32_t n = 0; n < 3; ++n) link.send(numbered(n));
  EXPECT_TRUE(link.has_room(1));
  EXPECT_FALSE(link.has_room(2));
  mailboxes.inbox(1, 0).front();
  mailboxes.inbox(1, 0).pop();
  EXPECT_TRUE(link.has_room(2));
  EXPECT_TRUE(mailboxes.links_from(1)[0]->has_room(4)) << "the other way has its own slots";
}

TEST(MailboxesDeathTest, StopsRatherThanLoseAParcel) {
  Mailboxes mailboxes(1, 1, {});
  Link& link = *mailboxes.links_from(0)[0];
  link.send(numbered(1));
  EXPECT_DEATH(link.send(numbered(2)), "mailbox was full");
}

TEST(Mailboxes, HoldsAllThatItsReserveIsFor) {
  Limits limits;
  limits.publish_credits = 100;
  Mailboxes mailboxes(2, 512, {});
  Link& link = *mailboxes.links_from(0)[1];
  while (link.has_room(bulk_reserve(limits) + 1)) link.send(Delivery{});
  for (std::size_t n = 0; n < limits.publish_credits; ++n) link.send(Publish{});
  for (std::size_t n = 0; n < limits.publish_credits; ++n) link.send(PublishAnswer{});
  for (int n = 0; n < 64; ++n) link.send(StateApplied{});
  EXPECT_FALSE(link.has_room(1));
}

TEST(Mailboxes, WakesThoseThatWereSentSomethingOnce) {
  std::vector<std::unique_ptr<runtime::Wake>> wakes;
  std::vector<runtime::Wake*> pointers;
  for (int i = 0; i < 3; ++i) {
    auto wake = runtime::Wake::open();
    ASSERT_TRUE(wake);
    wakes.push_back(std::move(*wake));
    pointers.push_back(wakes.back().get());
    wakes.back()->prepare_to_sleep();
  }
  Mailboxes mailboxes(3, 8, pointers);
  mailboxes.links_from(0)[0]->send(numbered(1));
  mailboxes.links_from(0)[2]->send(numbered(2));
  EXPECT_FALSE(readable(*wakes[2])) << "at the end of the turn, not before";
  mailboxes.notify_all(0);
  EXPECT_FALSE(readable(*wakes[0])) << "who sends is awake";
  EXPECT_FALSE(readable(*wakes[1]));
  EXPECT_TRUE(readable(*wakes[2]));

  std::uint64_t count = 0;
  ASSERT_EQ(::read(wakes[2]->fd(), &count, sizeof count), ssize_t{sizeof count});
  wakes[2]->prepare_to_sleep();
  mailboxes.notify_all(0);
  EXPECT_FALSE(readable(*wakes[2])) << "nothing new was sent";
}

// Goal: two cores that talk as fast as they can lose, repeat and reorder nothing. Under TSan: no race.
TEST(Mailboxes, CarriesBothWaysBetweenTwoThreads) {
  constexpr std::uint32_t count = 50'000;
  Mailboxes mailboxes(2, 64, {});
  std::uint32_t wrong[2] = {};
  const auto talk = [&](CoreId self) {
    const CoreId peer = self == 0 ? 1 : 0;
    Link& link = *mailboxes.links_from(self)[peer];
    Mailbox& inbox = mailboxes.inbox(self, peer);
    std::uint32_t sent = 0, received = 0;
    while (sent < count || received < count) {
      bool idle = true;
      for (; sent < count && link.has_room(1); ++sent, idle = false) {
        auto publish = std::make_unique<Publish>();
        publish->request = {sent, 1};
        publish->draft.payload = SharedBytes::copy_of("payload " + std::to_string(sent));
        link.send(PublishAnswer{{sent, 1}, PublishAnswer::Outcome::moved, {}, {}, std::move(publish), 0});
      }
      for (; inbox.front(); inbox.pop(), ++received, idle = false) {
        const auto& answer = std::get<PublishAnswer>(*inbox.front());
        if (answer.request.index != received) ++wrong[self];
        if (answer.returned->draft.payload.text() != "payload " + std::to_string(received)) ++wrong[self];
      }
      mailboxes.notify_all(self);
      if (idle) std::this_thread::yield();
    }
  };
  std::thread other(talk, CoreId{1});
  talk(0);
  other.join();
  EXPECT_EQ(wrong[0], 0u);
  EXPECT_EQ(wrong[1], 0u);
}

}  // namespace
}  // namespace hark::fabric::local
