#include "server/core.h"

#include <gtest/gtest.h>

#include "fabric/fakes_for_test.h"
#include "gateway/fake_socket_for_test.h"
#include "protocol/http2/testing/client.h"

namespace hark::server {
namespace {

using gateway::test::FakeSocket;
using gateway::test::FakeStream;
using protocol::http2::testing::Client;
using protocol::http2::testing::request_fields;

struct NoPages final : gateway::Pages {
  gateway::Page get(std::string_view, bool) override { return {}; }
};

/// All cores of a process on one thread and virtual time.
class Process {
 public:
  explicit Process(std::size_t count) : mailboxes_(count, limits.mailbox_slots, {}) {
    const auto state = control::ControlPlane::initial_state(count);
    for (topic::CoreId core = 0; core < count; ++core) {
      counters.push_back(std::make_unique<CoreCounters>());
      cores.push_back(std::make_unique<Core>(Core::Setup{.self = core,
                                                         .core_count = count,
                                                         .limits = limits,
                                                         .mailboxes = mailboxes_,
                                                         .pages = pages_,
                                                         .log = log_,
                                                         .state = state,
                                                         .documents = documents_,
                                                         .clock = [this] { return now; },
                                                         .counters = *counters[core]},
                                             now));
    }
  }
  /// Turns of all cores until none has work.
  void settle() {
    for (int rounds = 0; rounds < 10'000; ++rounds) {
      bool work = false;
      for (auto& core : cores) {
        core->turn(now);
        work = work || core->has_work();
      }
      for (auto& core : cores) work = work || core->has_work();
      if (!work) return;
    }
    FAIL() << "the cores never rest";
  }
  void pass(Duration duration) {
    for (const Instant end = now + duration; now < end; now += 10ms) settle();
  }

  Limits limits;
  Instant now{1000s};
  std::vector<std::unique_ptr<CoreCounters>> counters;
  std::vector<std::unique_ptr<Core>> cores;

 private:
  fabric::local::Mailboxes mailboxes_;
  fabric::FakePages pages_;
  fabric::ImmediateLog log_;
  NoPages documents_;
};

std::string field(int number, std::string_view value) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())}.append(value);
}
std::string framed(const std::string& message) {
  return std::string(4, '\0') + static_cast<char>(message.size()) + message;
}

/// A client of one core.
class Peer {
 public:
  Peer(Process& process, topic::CoreId core) : process_(process), socket_(std::make_shared<FakeSocket>()) {
    connection_ = &process.cores[core]->accept(std::make_unique<FakeStream>(socket_), process.now);
  }
  std::int32_t call(const std::string& path, const std::string& message) {
    return client.request(request_fields(path, {{"content-type", "application/grpc"}}), framed(message));
  }
  std::int32_t publish(std::string_view topic, std::string_view text, std::string_view space = "default") {
    return call("/cache_client.pubsub.Pubsub/Publish",
                field(1, space) + field(2, topic) + field(3, field(1, text)));
  }
  std::int32_t subscribe(std::string_view topic, std::string_view space = "default") {
    return call("/cache_client.pubsub.Pubsub/Subscribe", field(1, space) + field(2, topic));
  }
  std::int32_t control(const std::string& method, std::string_view name) {
    return call("/control_client.ScsControl/" + method, field(1, name));
  }
  void pump() {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      const std::string out = client.produce();
      socket_->to_server += out;
      if (!out.empty() && !gone()) connection_->readable();
      process_.settle();
      const std::string in = std::exchange(socket_->to_client, {});
      client.receive(in);
      if (out.empty() && in.empty()) return;
    }
    FAIL() << "the conversation never rests";
  }
  std::string status(std::int32_t id) const {
    for (const auto* fields : {&client.answer(id).trailers, &client.answer(id).head})
      for (const auto& [name, value] : *fields)
        if (name == "grpc-status") return value;
    return "none";
  }
  bool heard(std::int32_t id, std::string_view text) const {
    return client.answer(id).body.find(text) != std::string::npos;
  }
  bool gone() const { return socket_->server_gone; }
  bool ended() const { return socket_->server_ended; }
  void leave() {
    socket_->client_ended = true;
    if (!gone()) connection_->readable(true);
    process_.settle();
  }

  Client client;

 private:
  Process& process_;
  std::shared_ptr<FakeSocket> socket_;
  gateway::Connection* connection_;
};

class CoresOf : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Counts, CoresOf, testing::Values(1, 2, 5));

// Goal: one core behaves like many: whoever owns a topic, a publish at any core reaches readers at every
// core.
TEST_P(CoresOf, CarryMessagesFromEveryCoreToEveryCore) {
  const auto count = static_cast<topic::CoreId>(GetParam());
  Process process(count);
  std::vector<std::unique_ptr<Peer>> peers;
  for (topic::CoreId core = 0; core < count; ++core) peers.push_back(std::make_unique<Peer>(process, core));
  for (const std::string topic : {"a", "b", "c", "d", "e", "f"}) {
    std::vector<std::int32_t> streams;
    for (auto& peer : peers) streams.push_back(peer->subscribe(topic));
    for (auto& peer : peers) peer->pump();
    for (topic::CoreId from = 0; from < count; ++from) {
      const std::string text = topic + " from " + std::to_string(from);
      const auto id = peers[from]->publish(topic, text);
      peers[from]->pump();
      EXPECT_EQ(peers[from]->status(id), "0");
      for (topic::CoreId to = 0; to < count; ++to) {
        peers[to]->pump();
        EXPECT_TRUE(peers[to]->heard(streams[to], text)) << text << " to " << to;
      }
    }
  }
}

TEST_P(CoresOf, CarryOutNamespacesEverywhereBeforeTheAnswer) {
  const auto count = static_cast<topic::CoreId>(GetParam());
  Process process(count);
  const topic::CoreId last = count - 1;
  Peer asker(process, last), user(process, 0);
  auto id = user.publish("t", "early", "space");
  user.pump();
  EXPECT_EQ(user.status(id), "5");
  id = asker.control("CreateCache", "space");
  asker.pump();
  EXPECT_EQ(asker.status(id), "0");
  id = user.publish("t", "hello", "space");
  const auto stream = user.subscribe("t", "space");
  user.pump();
  EXPECT_EQ(user.status(id), "0");
  id = asker.control("CreateCache", "space");
  asker.pump();
  EXPECT_EQ(asker.status(id), "6");
  id = asker.control("DeleteCache", "space");
  asker.pump();
  EXPECT_EQ(asker.status(id), "0");
  EXPECT_EQ(process.counters[0]->gateway.views.subscriptions.value(), 0u) << "ended before the answer";
  user.pump();
  EXPECT_EQ(user.status(stream), "5");
  id = user.publish("t", "late", "space");
  user.pump();
  EXPECT_EQ(user.status(id), "5");
}

TEST_P(CoresOf, MoveTopicsUnderTheirReaders) {
  const auto count = static_cast<topic::CoreId>(GetParam());
  Process process(count);
  Peer reader(process, 0), writer(process, count - 1);
  const auto stream = reader.subscribe("news");
  reader.pump();
  for (topic::CoreId owner = 0; owner < count; ++owner) {
    std::vector<double> weights(count, 0.0);
    weights[owner] = 1.0;
    process.cores[0]->control().change_owners(weights);
    const std::string text = "owned by " + std::to_string(owner);
    const auto id = writer.publish("news", text);
    writer.pump();
    process.pass(50ms);
    writer.pump();
    reader.pump();
    EXPECT_EQ(writer.status(id), "0");
    EXPECT_TRUE(reader.heard(stream, text)) << text;
    EXPECT_TRUE(process.cores[0]->control().settled());
  }
  EXPECT_EQ(process.counters[0]->gateway.views.discontinuities[0].value(), 0u);
}

// Control requests of one core are bounded, and what is refused is told at once.
TEST(Core, RefusesTooManyControlRequests) {
  Process process(2);
  Peer asker(process, 1);
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < process.limits.control_requests_max + 3; ++i)
    ids.push_back(asker.control("CreateCache", "space" + std::to_string(i)));
  asker.pump();
  std::size_t refused = 0;
  for (const auto id : ids) refused += asker.status(id) == "8";
  EXPECT_EQ(refused, 3u);
  const auto id = asker.control("CreateCache", "later");
  asker.pump();
  EXPECT_EQ(asker.status(id), "0");
}

TEST(Core, TakesABoundedNumberOfPublishesATurn) {
  Process process(1);
  Peer writer(process, 0);
  process.limits.publishes_a_turn = 10;
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(writer.publish("news", "x"));
  writer.pump();
  for (const auto id : ids) EXPECT_EQ(writer.status(id), "0");
  EXPECT_GE(process.counters[0]->turns.value(), 10u);
}

TEST_P(CoresOf, Drain) {
  const auto count = static_cast<topic::CoreId>(GetParam());
  Process process(count);
  Peer reader(process, count - 1), writer(process, 0);
  const auto stream = reader.subscribe("news");
  reader.pump();
  writer.pump();
  for (auto& core : process.cores) core->drain(process.now);
  for (auto& core : process.cores) EXPECT_EQ(core->drained(), core->gateway().connection_count() == 0);
  reader.pump();
  EXPECT_EQ(reader.status(stream), "14");
  process.pass(400ms);
  EXPECT_TRUE(reader.ended() && writer.ended());
  reader.leave();
  writer.leave();
  for (auto& core : process.cores) EXPECT_TRUE(core->drained());
}

TEST(Core, SleepsUntilItsNextTimer) {
  Process process(2);
  Peer reader(process, 0);
  reader.subscribe("news");
  reader.pump();
  for (auto& core : process.cores) {
    EXPECT_FALSE(core->has_work());
    ASSERT_TRUE(core->next_timer(process.now));
    EXPECT_GT(*core->next_timer(process.now), process.now);
  }
}

}  // namespace
}  // namespace hark::server
