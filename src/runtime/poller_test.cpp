#include "runtime/poller.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>

namespace hark::runtime {
namespace {

struct Pair {
  Fd ours, theirs;
};
Pair socket_pair() {
  int fds[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  return {Fd(fds[0]), Fd(fds[1])};
}
void send_byte(const Fd& fd) { EXPECT_EQ(::write(fd.get(), "x", 1), 1); }

struct Recorder : EventHandler {
  explicit Recorder(std::function<void(Events)> then = {}) : then_(std::move(then)) {}
  void on_events(Events events) override {
    ++calls;
    last = events;
    if (then_) then_(events);
  }
  int calls = 0;
  Events last;
  std::function<void(Events)> then_;
};

TEST(Poller, TellsAnEdgeOnce) {
  Poller poller = Poller::open().value();
  Pair pair = socket_pair();
  Recorder recorder;
  ASSERT_TRUE(poller.add(pair.ours.get(), recorder));
  EXPECT_EQ(poller.wait(Duration::max()), 1u);
  EXPECT_TRUE(recorder.last.writable);
  EXPECT_FALSE(recorder.last.readable);
  EXPECT_EQ(poller.wait(0ms), 0u);
  send_byte(pair.theirs);
  EXPECT_EQ(poller.wait(Duration::max()), 1u);
  EXPECT_TRUE(recorder.last.readable);
  EXPECT_FALSE(recorder.last.hangup);
  EXPECT_EQ(poller.wait(0ms), 0u) << "unread, but told";
  poller.remove(pair.ours.get());
}

TEST(Poller, TellsALevelEachTime) {
  Poller poller = Poller::open().value();
  Pair pair = socket_pair();
  Recorder recorder;
  ASSERT_TRUE(poller.add_level(pair.ours.get(), recorder));
  EXPECT_EQ(poller.wait(0ms), 0u);
  send_byte(pair.theirs);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(poller.wait(Duration::max()), 1u);
  EXPECT_EQ(recorder.calls, 3);
  poller.remove(pair.ours.get());
  EXPECT_EQ(poller.wait(0ms), 0u);
}

TEST(Poller, TellsOfThePeersEnd) {
  Poller poller = Poller::open().value();
  Pair pair = socket_pair();
  Recorder recorder;
  ASSERT_TRUE(poller.add(pair.ours.get(), recorder));
  poller.wait(Duration::max());
  ::shutdown(pair.theirs.get(), SHUT_WR);
  EXPECT_EQ(poller.wait(Duration::max()), 1u);
  EXPECT_TRUE(recorder.last.readable && recorder.last.hangup);
  poller.remove(pair.ours.get());
}

// Goal: a handler destroyed inside another's callback is not called for its event of the same batch,
// not even when its descriptor number is at once another's.
TEST(Poller, DropsEventsOfAHandlerDestroyedInTheSameBatch) {
  Poller poller = Poller::open().value();
  Pair pairs[2] = {socket_pair(), socket_pair()};
  std::unique_ptr<Recorder> handlers[2];
  Recorder successor;
  Pair fresh;
  int survivor = -1;
  for (int i = 0; i < 2; ++i) {
    handlers[i] = std::make_unique<Recorder>([&, i](Events) {
      const int other = 1 - i;
      if (!handlers[other]) return;
      survivor = i;
      const int number = pairs[other].ours.get();
      poller.remove(number);
      pairs[other].ours.close();
      handlers[other].reset();
      int fds[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
      fresh = {Fd(fds[0]), Fd(fds[1])};
      ASSERT_EQ(fresh.ours.get(), number) << "the kernel gives the lowest free number";
      ASSERT_TRUE(poller.add_level(number, successor));
    });
    ASSERT_TRUE(poller.add(pairs[i].ours.get(), *handlers[i]));
  }
  EXPECT_EQ(poller.wait(Duration::max()), 2u) << "both events were fetched";
  ASSERT_NE(survivor, -1);
  EXPECT_EQ(handlers[survivor]->calls, 1);
  EXPECT_EQ(successor.calls, 0) << "it got its predecessor's event";
}

TEST(Poller, FailsForADescriptorThatCannotBeWatched) {
  Poller poller = Poller::open().value();
  Recorder recorder;
  const Fd plain(::open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Result<void> added = poller.add(plain.get(), recorder);
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().context.find("epoll_ctl"), std::string::npos);
}

}  // namespace
}  // namespace hark::runtime
