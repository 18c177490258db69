#include "gateway/http/http_session.h"

#include <gtest/gtest.h>

#include "gateway/gateway_world_for_test.h"

namespace hark::gateway::test {
namespace {

std::string get(std::string_view path, std::string_view method = "GET", std::string_view more = "") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) +
         "\r\n";
}
std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
    ++found;
  return found;
}

TEST(HttpSession, ServesPages) {
  GatewayWorld world;
  Peer peer(world);
  const std::string answer = peer.ask(get("/page"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\npage\n")) << answer;
  EXPECT_EQ(count(answer, "Cache-Control: no-store"), 1u);
  EXPECT_EQ(world.counters.sessions.http_requests.value(), 1u);
  EXPECT_TRUE(peer.ask(get("/ready")).starts_with("HTTP/1.1 200 "));
}

TEST(HttpSession, AnswersHeadWithoutABody) {
  GatewayWorld world;
  Peer peer(world);
  const std::string answer = peer.ask(get("/page", "HEAD"));
  EXPECT_EQ(count(answer, "Content-Length: 5\r\n"), 1u);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_TRUE(peer.ask(get("/page")).ends_with("page\n")) << "and goes on";
}

// RFC 9110, 9.3.2: a body would be read as the next answer. What has no head yet is no HEAD.
TEST(HttpSession, RefusesHeadWithoutABody) {
  GatewayWorld world;
  Peer with_body(world), after_it(world);
  const std::string answer = with_body.ask(get("/page", "HEAD", "Content-Length: 1\r\n") + "x");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  const std::string next = after_it.ask(get("/page", "HEAD") + "GET / HTTP/9.9\r\n\r\n");
  EXPECT_TRUE(next.ends_with("}\n")) << next;
}

TEST(HttpSession, RefusesWhatItDoesNotServe) {
  GatewayWorld world;
  Peer peer(world);
  EXPECT_TRUE(peer.ask(get("/nothing")).starts_with("HTTP/1.1 404 "));
  const std::string answer = peer.ask(get("/page", "DELETE"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(count(answer, "Allow: GET, HEAD\r\n"), 1u);
  EXPECT_TRUE(peer.ask(get("/page")).starts_with("HTTP/1.1 200 ")) << "the connection lives on";
}

TEST(HttpSession, EndsAfterWhatItCannotRead) {
  GatewayWorld world;
  Peer peer(world);
  EXPECT_TRUE(peer.ask("GET /\r\n\r\n" + get("/page")).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(peer.socket().server_ended);
  EXPECT_EQ(world.documents.asked, 0u) << "nothing behind it is served";
  EXPECT_EQ(world.counters.sessions.closed_for_protocol.value(), 1u);
}

TEST(HttpSession, RefusesABody) {
  GatewayWorld world;
  Peer peer(world);
  const std::string answer = peer.ask(get("/page", "POST", "Content-Length: 5\r\n") + "hello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_TRUE(peer.socket().server_ended);
}

TEST(HttpSession, AnswersPipelinedRequestsInOrder) {
  GatewayWorld world;
  Peer peer(world);
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get(i % 2 == 0 ? "/page" : "/nothing");
  const std::string answer = peer.ask(requests);
  EXPECT_EQ(count(answer, "HTTP/1.1 200 "), 250u);
  EXPECT_EQ(count(answer, "HTTP/1.1 404 "), 250u);
  EXPECT_LT(answer.find("200 OK"), answer.find("404 Not"));
}

// Goal: a peer that asks and does not read cannot make the core keep more than a few pages for it.
TEST(HttpSession, KeepsABoundedNumberOfAnswers) {
  GatewayWorld world;
  Peer peer(world);
  peer.socket().room = 0;
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += get("/large");
  peer.send(requests);
  world.settle();
  EXPECT_LE(world.documents.asked, 4u);
  peer.socket().room = SIZE_MAX;
  peer.socket().was_full = false;
  peer.connection().writable();
  world.settle();
  EXPECT_EQ(count(peer.take(), "HTTP/1.1 200 "), 100u) << "and then all are answered";
}

// Regression: answers to HEAD are small however large the page is that was made for them, so that a few
// dozen KiB of requests kept a core busy for hundreds of milliseconds.
TEST(HttpSession, MakesABoundedNumberOfPagesAtATime) {
  GatewayWorld world;
  world.clock_step = 1ms;  // each look at the clock ends the writing
  Peer peer(world);
  std::string requests;
  while (requests.size() < 60'000) requests += get("/large", "HEAD");
  peer.send(requests);
  std::size_t most = 0, before = 0;
  for (int turns = 0; turns < 10'000 && (turns == 0 || world.has_work()); ++turns) {
    world.turn();
    most = std::max(most, world.documents.asked - std::exchange(before, world.documents.asked));
  }
  EXPECT_LE(most, 30u) << "pages of 100 kB in one turn";
  EXPECT_EQ(count(peer.take(), "HTTP/1.1 200 "), count(requests, "HEAD"));
}

TEST(HttpSession, RefusesAHeadThatDoesNotEndInTime) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask("GET /page HTTP/1.1\r\nHo");
  world.pass(world.limits.header_within - 20ms);
  peer.ask("st: a");
  EXPECT_FALSE(peer.socket().server_ended);
  world.pass(40ms);
  EXPECT_TRUE(peer.take().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(peer.socket().server_ended);
}

TEST(HttpSession, EndsAnIdleConnection) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask(get("/page"));
  world.pass(world.limits.idle_connection_max - 1s);
  EXPECT_FALSE(peer.socket().server_ended);
  world.pass(1s + 20ms);
  EXPECT_TRUE(peer.socket().server_ended);
}

// Regression: an answer counted as not taken since the last one, however long ago that was, so that a
// connection that had been idle was ended by its next request if the core was busy.
TEST(HttpSession, AnAnswerAfterALongSilenceHasItsFullTime) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask(get("/page"));
  world.pass(1min);
  peer.socket().room = 0;
  peer.send(get("/page"));
  world.gateway.read(world.now);
  world.gateway.run_timers(world.now + 10ms);  // before the writing had its turn
  peer.socket().room = SIZE_MAX;
  world.settle();
  EXPECT_TRUE(peer.take().starts_with("HTTP/1.1 200 "));
  EXPECT_FALSE(peer.socket().server_ended);
}

TEST(HttpSession, ADrainAnswersWhatIsUnderWayAndCloses) {
  GatewayWorld world;
  Peer idle(world), half(world);
  idle.ask(get("/page"));
  half.ask("GET /ready HTTP/1.1\r\n");
  world.gateway.drain(world.now);
  world.settle();
  EXPECT_TRUE(idle.socket().server_ended);
  EXPECT_FALSE(half.socket().server_ended);
  const std::string answer = half.ask("Host: a\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_EQ(count(answer, "Connection: close\r\n"), 1u);
  Peer late(world);
  EXPECT_EQ(count(late.ask(get("/ready")), "Connection: close\r\n"), 1u);
  for (Peer* peer : {&idle, &half, &late}) peer->end();
  world.settle();
  EXPECT_TRUE(world.gateway.drained());
}

TEST(HttpSession, AWaitingHeadCannotHoldADrain) {
  GatewayWorld world;
  Peer half(world);
  half.ask("GET /ready HTTP/1.1\r\n");
  world.gateway.drain(world.now);
  world.pass(world.limits.drain_within);
  EXPECT_TRUE(world.gateway.drained());
}

}  // namespace
}  // namespace hark::gateway::test
