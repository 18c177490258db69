#include "gateway/http/publish_request.h"

#include <gtest/gtest.h>

#include "gateway/gateway_world_for_test.h"

namespace hark::gateway::test {
namespace {

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}
std::string post_chunked(std::string_view path, std::string_view chunks) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(chunks);
}
std::string field(std::string_view answer, std::string_view name) {
  const std::size_t at = answer.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return std::string(answer.substr(begin, answer.find("\r\n", begin) - begin));
}
int status(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}
std::size_t inbound(const GatewayWorld& world) { return world.counters.sessions.inbound_bytes.value(); }

TEST(PublishRequest, AnswersWithTheSlot) {
  GatewayWorld world;
  Peer peer(world);
  const std::string first = peer.ask(post("/topics/default/t", "hello"));
  EXPECT_TRUE(first.starts_with("HTTP/1.1 204 No Content\r\n")) << first;
  EXPECT_EQ(field(first, "hark-sequence-number"), "1");
  EXPECT_NE(field(first, "hark-sequence-page"), "");
  EXPECT_TRUE(first.ends_with("\r\n\r\n"));
  const std::string second =
      peer.ask(post("/topics/default/t", "hello", "Accept: text/html, application/json\r\n"));
  EXPECT_TRUE(second.starts_with("HTTP/1.1 200 OK\r\n")) << second;
  EXPECT_EQ(field(second, "Content-Type"), "application/json");
  EXPECT_TRUE(second.ends_with(
      "\r\n\r\n{\"topic_sequence_number\":2,\"sequence_page\":" + field(first, "hark-sequence-page") + "}\n"))
      << second;
  EXPECT_EQ(inbound(world), 0u);
}

struct Refusal {
  std::string_view what, path, body, more;
  int status;
  std::string_view code;
};

TEST(PublishRequest, RefusesWithAProblem) {
  const std::string longest(1024, 'a'), too_long(1025, 'a');
  const Refusal cases[] = {
      {"no topic", "/topics/default", "x", "", 400, "invalid_argument"},
      {"an empty topic", "/topics/default/", "x", "", 400, "invalid_argument"},
      {"an empty namespace", "/topics//t", "x", "", 400, "invalid_argument"},
      {"a bare slash", "/topics/default/a/b", "x", "", 400, "invalid_argument"},
      {"a slash in the namespace", "/topics/a%2Fb/t", "x", "", 400, "invalid_argument"},
      {"NUL", "/topics/default/%00", "x", "", 400, "invalid_argument"},
      {"half an escape", "/topics/default/%4", "x", "", 400, "invalid_argument"},
      {"no UTF-8", "/topics/default/%ff", "x", "", 400, "invalid_argument"},
      {"overlong", "/topics/default/%c0%af", "x", "", 400, "invalid_argument"},
      {"no such namespace", "/topics/nowhere/t", "x", "", 404, "namespace_not_found"},
      {"a broken text", "/topics/default/t", "\xff", "Content-Type: text/plain; charset=utf-8\r\n", 400,
       "invalid_argument"},
      {"another origin", "/topics/default/t", "x", "Origin: http://evil.example\r\n", 403,
       "permission_denied"},
      {"another port", "/topics/default/t", "x", "Origin: http://a:81\r\n", 403, "permission_denied"},
      {"no origin that can be told", "/topics/default/t", "x", "Origin: null\r\n", 403, "permission_denied"},
      {"two origins", "/topics/default/t", "x", "Origin: http://a http://b\r\n", 403, "permission_denied"},
      {"our own origin", "/topics/default/t", "x", "Origin: http://A\r\n", 204, ""},
      {"fits", "/topics/default/a%2Fb", "x", "", 204, ""},
      {"encoded once", "/topics/default/%252F", "x", "", 204, ""},
      {"a query", "/topics/default/t?token=abc", "x", "", 204, ""},
      {"empty", "/topics/default/t", "", "", 204, ""},
      {"bytes", "/topics/default/t", "\xff", "Content-Type: application/octet-stream\r\n", 204, ""},
      {"bytes that nobody named", "/topics/default/t", "\xff", "", 204, ""},
  };
  for (const Refusal& c : cases) {
    SCOPED_TRACE(c.what);
    GatewayWorld world;
    Peer peer(world);
    const std::string answer = peer.ask(post(c.path, c.body, c.more));
    EXPECT_EQ(status(answer), c.status) << answer;
    EXPECT_EQ(inbound(world), 0u);
    if (c.status == 204) continue;
    EXPECT_EQ(field(answer, "Content-Type"), "application/problem+json");
    EXPECT_NE(answer.find("\"code\":\"" + std::string(c.code) + "\""), std::string::npos) << answer;
    EXPECT_NE(answer.find("\"status\":" + std::to_string(c.status)), std::string::npos) << answer;
  }
  GatewayWorld world;
  Peer peer(world);
  EXPECT_EQ(status(peer.ask(post("/topics/default/" + longest, "x"))), 204);
  EXPECT_EQ(status(peer.ask(post("/topics/default/" + too_long, "x"))), 400);
}

TEST(PublishRequest, TheSizeLimitIsExact) {
  Limits limits;
  limits.message_bytes_max = 1000;
  for (const std::size_t more : {0U, 1U}) {
    GatewayWorld world(limits);
    const std::string body(1000 + more, 'x');
    Peer whole(world), chunked(world);
    EXPECT_EQ(status(whole.ask(post("/topics/default/t", body))), more == 0 ? 204 : 413);
    const std::string chunk = (more == 0 ? "3e8\r\n" : "3e9\r\n") + body + "\r\n0\r\n\r\n";
    EXPECT_EQ(status(chunked.ask(post_chunked("/topics/default/t", chunk))), more == 0 ? 204 : 413);
    EXPECT_EQ(inbound(world), 0u);
  }
}

// Wherever the bytes are cut, the same answers come, in the order of the requests.
TEST(PublishRequest, CutAnywhere) {
  const std::string requests = post("/topics/default/t", "one") +
                               post_chunked("/topics/default/t", "2\r\ntw\r\n1\r\no\r\n0\r\n\r\n") +
                               "GET /page HTTP/1.1\r\nHost: a\r\n\r\n" + post("/topics/default/t", "three");
  for (std::size_t cut = 1; cut < requests.size(); ++cut) {
    SCOPED_TRACE(cut);
    GatewayWorld world;
    Peer peer(world);
    std::string answers = peer.ask(requests.substr(0, cut));
    answers += peer.ask(requests.substr(cut));
    const std::size_t first = answers.find("hark-sequence-number: 1"), second = answers.find("number: 2"),
                      page = answers.find("page\n"), third = answers.find("number: 3");
    ASSERT_NE(third, std::string::npos) << answers;
    EXPECT_TRUE(first < second && second < page && page < third) << answers;
  }
}

TEST(PublishRequest, SaysContinueToWhoWaitsForIt) {
  GatewayWorld world;
  Peer peer(world);
  const std::string request = post("/topics/default/t", "hello", "Expect: 100-continue\r\n");
  EXPECT_EQ(peer.ask(request.substr(0, request.size() - 5)), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status(peer.ask("hello")), 204);
  EXPECT_EQ(status(peer.ask(request)), 204) << "not to who has begun";
}

TEST(PublishRequest, ABodyThatIsTooSlowIsRefused) {
  GatewayWorld world;
  Peer peer(world);
  const std::string request = post("/topics/default/t", "hello");
  peer.ask(request.substr(0, request.size() - 1));
  EXPECT_EQ(inbound(world), 5u);
  world.pass(world.limits.body_within - 20ms);
  EXPECT_EQ(peer.take(), "");
  world.pass(40ms);
  EXPECT_EQ(status(peer.take()), 408);
  EXPECT_EQ(inbound(world), 0u);
}

TEST(PublishRequest, WaitsForRoomAndThenIsTold) {
  Limits limits;
  limits.inbound_bytes_max = 5000;
  GatewayWorld world(limits);
  Peer holder(world), waiter(world), late(world);
  const std::string held = post("/topics/default/t", std::string(4000, 'x'));
  holder.ask(held.substr(0, held.size() - 1));
  EXPECT_EQ(waiter.ask(post("/topics/default/t", std::string(2000, 'y'))), "");
  holder.ask("x");
  world.settle();
  EXPECT_EQ(status(waiter.take()), 204) << "there was room again";
  holder.ask(held.substr(0, held.size() - 1));
  late.ask(post("/topics/default/t", std::string(2000, 'y')));
  world.pass(limits.publish_deadline - 20ms);
  EXPECT_EQ(late.take(), "");
  world.pass(40ms);
  EXPECT_EQ(status(late.take()), 429);
}

// However many announce large bodies and send next to nothing, small messages get through.
TEST(PublishRequest, LargeBodiesLeaveRoomForSmallOnes) {
  Limits limits;
  limits.message_bytes_max = 100'000;
  limits.inbound_bytes_max = 1 << 20;
  GatewayWorld world(limits);
  std::vector<std::unique_ptr<Peer>> holders;
  const std::string large = post("/topics/default/t", std::string(100'000, 'x'));
  for (int i = 0; i < 50; ++i) {
    holders.push_back(std::make_unique<Peer>(world));
    holders.back()->ask(large.substr(0, 500));
  }
  EXPECT_LE(inbound(world), limits.inbound_bytes_max / 8 * 7);
  Peer small(world);
  EXPECT_EQ(status(small.ask(post("/topics/default/t", std::string(16'000, 'y')))), 204);
}

TEST(PublishRequest, AnOwnerThatDoesNotAnswerLeavesTheOutcomeUnknown) {
  GatewayWorld world;
  Peer peer(world);
  world.owner_sleeps = true;
  peer.ask(post("/topics/default/t", "x"));
  world.pass(world.limits.publish_deadline + 1s);
  EXPECT_EQ(status(peer.take()), 504);
}

TEST(PublishRequest, WithoutCreditNothingIsSent) {
  Limits limits;
  limits.publish_credits = 1;
  GatewayWorld world(limits);
  Peer first(world), second(world);
  world.owner_sleeps = true;
  first.ask(post("/topics/default/t", "x"));
  second.ask(post("/topics/default/t", "y"));
  world.owner_sleeps = false;
  world.settle();
  EXPECT_EQ(status(first.take()), 204);
  EXPECT_EQ(status(second.take()), 204);
}

TEST(PublishRequest, ADrainAnswersWhatIsUnderWay) {
  GatewayWorld world;
  Peer peer(world), late(world);
  world.owner_sleeps = true;
  peer.ask(post("/topics/default/t", "x"));
  late.ask("POST /topics/default/t HTTP/1.1\r\n");
  world.gateway.drain(world.now);
  world.owner_sleeps = false;
  world.settle();
  const std::string answer = peer.take();
  EXPECT_EQ(status(answer), 204);
  EXPECT_EQ(field(answer, "Connection"), "close");
  EXPECT_EQ(status(late.ask("Host: a\r\nContent-Length: 1\r\n\r\nx")), 503);
}

// Found by http_session_fuzz: what stood behind the last request was still looked at, and refused in a second
// answer.
TEST(PublishRequest, SaysNothingBehindItsLastAnswer) {
  for (const std::string_view behind :
       {"GET / HTTP/9.9\r\n\r\n", "POST /topics/nowhere/t HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        "POST /topics/default/t HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"}) {
    SCOPED_TRACE(behind);
    GatewayWorld world;
    Peer peer(world);
    const std::string answer =
        peer.ask(post("/topics/default/t", "x", "Connection: close\r\n") + std::string(behind));
    EXPECT_EQ(status(answer), 204);
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << answer;
    EXPECT_EQ(world.owner_counters.publishes_committed.value(), 1u);
  }
}

// Found by http_session_fuzz: a refusal that the client was slow to take was followed by one for being slow.
TEST(PublishRequest, SaysNothingBehindARefusalThatIsNotTaken) {
  GatewayWorld world;
  Peer peer(world);
  peer.socket().room = 10;
  peer.send(post("/topics/default/t", "x") + "GET / HTTP/9.9\r\n\r\n");
  world.settle();
  world.pass(world.limits.header_within + 1s);
  peer.socket().room = SIZE_MAX;
  std::string answers = peer.take();
  world.settle();
  answers += peer.take();
  EXPECT_EQ(status(answers), 204);
  const std::size_t refusal = answers.find("HTTP/1.1 505 ");
  ASSERT_NE(refusal, std::string::npos) << answers;
  EXPECT_EQ(answers.find("HTTP/1.1 ", refusal + 1), std::string::npos) << answers;
  EXPECT_TRUE(peer.socket().server_ended);
}

// RFC 9112, 9.6: a client may end its side once it has said all, and waits for the answers.
TEST(PublishRequest, AClientThatEndsItsSideIsAnswered) {
  GatewayWorld world;
  Peer peer(world);
  world.owner_sleeps = true;
  peer.send(post("/topics/default/t", "one") + post("/topics/default/t", "two"));
  peer.end();
  world.settle();
  EXPECT_EQ(peer.take(), "");
  world.owner_sleeps = false;
  world.settle();
  const std::string answers = peer.take();
  EXPECT_EQ(field(answers, "hark-sequence-number"), "1") << answers;
  EXPECT_NE(answers.find("hark-sequence-number: 2"), std::string::npos) << answers;
  EXPECT_TRUE(peer.gone());
}

TEST(PublishRequest, AClientThatGoesAwayGivesItsRoomBack) {
  GatewayWorld world;
  Peer peer(world);
  const std::string request = post("/topics/default/t", "hello");
  peer.ask(request.substr(0, request.size() - 1));
  peer.cut();
  world.settle();
  EXPECT_EQ(inbound(world), 0u);
}

}  // namespace
}  // namespace hark::gateway::test
