#include "hark/client/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "client/engine_world_for_test.h"
#include "runtime/fd.h"

namespace hark::client::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A server behind a real socket, one connection at a time. It numbers what is published and sends it back to
/// every subscription; it refuses the namespace "no".
class TcpServer {
 public:
  TcpServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 5), 0);
    EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      while (!stop_) serve();
    });
  }
  ~TcpServer() {
    stop_ = true;
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void cut() { cut_ = true; }

 private:
  bool readable(int fd) const {
    pollfd ready{fd, POLLIN, 0};
    return ::poll(&ready, 1, 5) == 1;
  }
  void serve() {
    if (!readable(listener_.get())) return;
    const runtime::Fd socket(::accept(listener_.get(), nullptr, nullptr));
    Server server;
    std::vector<StreamId> subscribers;
    std::map<StreamId, std::string> paths;
    server.request_hook = [&](StreamId id, const protocol::http2::RequestHead& head) {
      paths[id] = head.path();
    };
    server.end_hook = [&](StreamId id) { answer(server, id, paths[id], subscribers); };
    server.closed_hook = [&](StreamId id) { std::erase(subscribers, id); };
    cut_ = false;
    while (!stop_ && !cut_) {
      const std::string out = server.produce();
      if (::send(socket.get(), out.data(), out.size(), MSG_NOSIGNAL) < 0) return;
      if (!readable(socket.get())) continue;
      char bytes[4096];
      const ssize_t size = ::recv(socket.get(), bytes, sizeof bytes, 0);
      if (size <= 0 || !server.receive({bytes, static_cast<std::size_t>(size)})) return;
    }
  }
  void answer(Server& server, StreamId id, const std::string& path, std::vector<StreamId>& subscribers) {
    const ByteSpan body = as_byte_span(server.bodies[id]).subspan(5);
    if (path.ends_with("/Subscribe")) {
      subscribers.push_back(id);
      server.stream(id).waiting = heartbeat();
      return server.session->resume(id);
    }
    const std::string number = std::to_string(++last_);
    const protocol::http2::Header trailers[] = {{"grpc-status", "0"},
                                                {"hark-sequence-number", number},
                                                {"hark-sequence-page", "7"}};
    server.answer(id, std::string(5, '\0'), trailers);
    const auto request = protocol::grpc::decode_publish_request(body);
    for (const StreamId subscriber : subscribers) {
      server.sources[subscriber].waiting += item_frame({7, last_}, as_text(request->payload));
      server.session->resume(subscriber);
    }
  }

  runtime::Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false}, cut_{false};
  std::uint64_t last_ = 0;
  std::thread thread_;
};

Client connect(const TcpServer& server) {
  ClientOptions options;
  options.url = server.url();
  auto client = Client::create(options);
  EXPECT_TRUE(client);
  return *std::move(client);
}

TEST(Client, PublishesAndReadsFromManyThreads) {
  TcpServer server;
  Client client = connect(server);
  std::atomic<int> heard{0};
  Callbacks callbacks;
  callbacks.on_item = [&](const Item&) { ++heard; };
  auto listener = client.subscribe("default", "t", {}, callbacks);
  auto reader = client.subscribe("default", "t");
  ASSERT_TRUE(listener && reader && listener->wait_ready(seconds(10)) && reader->wait_ready(seconds(10)));
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n)
        if (client.publish("default", "t", "x")) ++good;
    });
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    auto event = reader->next(seconds(10));
    ASSERT_TRUE(event && *event);
    ASSERT_EQ(std::get<Item>(**event).slot.number, ++last);
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
  listener->cancel();
  const int then = heard;
  EXPECT_LE(then, 100);
  EXPECT_TRUE(client.publish("default", "t", "y"));
  EXPECT_EQ(heard, then) << "no callback after cancel()";
}

TEST(Client, GoesOnAfterCutsWhileOthersCancelAndClose) {
  TcpServer server;
  Client client = connect(server);
  std::atomic<int> interruptions{0};
  Callbacks callbacks;
  callbacks.on_interruption = [&](const Error&) { ++interruptions; };
  auto listener = client.subscribe("default", "t", {}, callbacks);
  ASSERT_TRUE(listener && listener->wait_ready(seconds(10)));
  for (int i = 0; i < 5; ++i) {
    auto passing = client.subscribe("default", "t");
    ASSERT_TRUE(passing && passing->wait_ready(seconds(10)));
    server.cut();
    while (interruptions <= i) std::this_thread::yield();
  }
  PublishOptions patient;
  patient.deadline = seconds(20);
  patient.retry_unavailable = true;
  EXPECT_TRUE(client.publish("default", "t", "x", patient));
  std::thread other([&] { client.close(); });
  client.close();
  other.join();
  EXPECT_EQ(client.publish("default", "t", "x").error().code, Code::cancelled);
  EXPECT_EQ(listener->last_error()->code, Code::cancelled);
}

TEST(Client, MayBeClosedAndItsHandlesDestroyedWithinACallback) {
  TcpServer server;
  std::promise<void> destroyed;
  auto client = std::make_unique<Client>(connect(server));
  std::optional<Subscription> subscription;
  std::mutex made;
  Callbacks callbacks;
  callbacks.on_item = [&](const Item&) {
    const std::lock_guard lock(made);
    EXPECT_EQ(client->publish("default", "t", "x").error().code, Code::misuse);
    EXPECT_EQ(subscription->wait_ready(milliseconds(1)).error().code, Code::misuse);
    subscription.reset();
    client.reset();
    destroyed.set_value();
  };
  {
    const std::lock_guard lock(made);
    auto result = client->subscribe("default", "t", {}, callbacks);
    ASSERT_TRUE(result);
    subscription.emplace(*std::move(result));
    ASSERT_TRUE(subscription->wait_ready(seconds(10)));
  }
  client->publish_async("default", "t", "x", {}, [](Result<Slot>) {});
  EXPECT_EQ(destroyed.get_future().wait_for(seconds(10)), std::future_status::ready);
}

TEST(Client, RefusesBadOptions) {
  // clang-format off
  const struct { const char* name; ClientOptions options; } cases[] = {
      {"url", {.url = "ftp://a"}},
      {"connect_within", {.connect_within = milliseconds(0)}},
      {"silence_max", {.silence_max = milliseconds(-1)}},
      {"back_off_first", {.back_off_first = milliseconds(0)}},
      {"back_off_max", {.back_off_first = milliseconds(5), .back_off_max = milliseconds(4)}},
  };
  // clang-format on
  for (const auto& c : cases) {
    const auto client = Client::create(c.options);
    ASSERT_FALSE(client) << c.name;
    EXPECT_EQ(client.error().code, Code::invalid_argument);
    EXPECT_TRUE(client.error().message.starts_with(c.name)) << client.error().message;
  }
}

TEST(Client, RefusesWhatGoesBeyondItsBudget) {
  ClientOptions options;
  const runtime::Fd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent.get(), 5), 0);
  ASSERT_EQ(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  options.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  options.calls_max = 2;
  options.call_bytes_max = 1000;
  auto client = Client::create(options);
  ASSERT_TRUE(client);
  const std::string large(2000, 'x');
  auto first = client->publish_future("default", "t", large);  // beyond the bytes, but alone
  EXPECT_EQ(client->publish("default", "t", "x").error().code, Code::queue_full);
  client->close();
  EXPECT_EQ(first.get().error().code, Code::cancelled);
}

TEST(Client, FindsNamesAndTellsWhenThereIsNone) {
  TcpServer server;
  ClientOptions options;
  options.url = "http://localhost" + server.url().substr(server.url().rfind(':'));
  auto client = Client::create(options);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->publish("default", "t", "x"));
  options.url = "http://no-such-host.invalid:1";
  auto nowhere = Client::create(options);
  ASSERT_TRUE(nowhere);
  PublishOptions brief;
  brief.deadline = seconds(2);
  const auto slot = nowhere->publish("default", "t", "x", brief);
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().outcome, Outcome::definite_no);
}

}  // namespace
}  // namespace hark::client::test
