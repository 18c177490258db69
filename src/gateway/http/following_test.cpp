#include <gtest/gtest.h>

#include "gateway/gateway_world_for_test.h"

// Following a topic over HTTP/1.1: a text/event-stream, and the long poll.

namespace hark::gateway::test {
namespace {

std::string follow(std::string_view query = "", std::string_view more = "", std::string_view topic = "t") {
  return "GET /topics/default/" + std::string(topic) + std::string(query) +
         " HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n" + std::string(more) + "\r\n";
}
std::string poll(std::string_view query = "", std::string_view more = "", std::string_view topic = "t") {
  return "GET /topics/default/" + std::string(topic) + std::string(query) + " HTTP/1.1\r\nHost: a\r\n" +
         std::string(more) + "\r\n";
}

/// A body taken out of its chunks, and whether its last one has come.
struct Body {
  std::string head, bytes;
  bool whole = false;
};
Body body_of(std::string_view answer) {
  Body body;
  const std::size_t head_end = answer.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return body;
  body.head = answer.substr(0, head_end + 2);
  answer.remove_prefix(head_end + 4);
  EXPECT_NE(body.head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << body.head;
  while (!answer.empty()) {
    const std::size_t line = answer.find("\r\n");
    const std::size_t size = std::stoul(std::string(answer.substr(0, line)), nullptr, 16);
    if (line == std::string_view::npos || answer.size() < line + 4 + size) break;
    EXPECT_EQ(answer.substr(line + 2 + size, 2), "\r\n");
    body.bytes.append(answer.substr(line + 2, size));
    answer.remove_prefix(line + 4 + size);
    if (size > 0) continue;
    body.whole = true;
    EXPECT_EQ(answer, "") << "behind the last chunk";
    break;
  }
  return body;
}
/// Without heartbeats: how many come is another test's matter.
std::string without_beats(std::string text) {
  for (std::size_t at = 0; (at = text.find(":\n\n", at)) != std::string::npos;)
    if (at == 0 || text[at - 1] == '\n')
      text.erase(at, 3);
    else
      ++at;
  return text;
}

struct FollowWorld : GatewayWorld {
  using GatewayWorld::GatewayWorld;
  void publish(std::string_view body, std::string_view topic = "t") {
    Peer publisher(*this);
    const std::string answer =
        publisher.ask("POST /topics/default/" + std::string(topic) +
                      " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                      std::string(body));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 ")) << answer;
    const std::size_t at = answer.find("hark-sequence-page: ");
    page = answer.substr(at + 20, answer.find('\r', at) - at - 20);
    publisher.cut();
    settle();
  }
  std::string id(int number) const { return page + ":" + std::to_string(number); }
  std::string event(int number, std::string_view text) const {
    return "id: " + id(number) + "\ndata: " + item(number, text) + "\n\n";
  }
  std::string item(int number, std::string_view text) const {
    return "{\"item\":{\"topic_sequence_number\":" + std::to_string(number) + ",\"sequence_page\":" + page +
           ",\"value\":{\"text\":\"" + std::string(text) + "\"}}}";
  }
  std::string next(int number) const {
    return "],\"next\":{\"sequence_number\":" + std::to_string(number) + ",\"sequence_page\":" + page +
           "}}\n";
  }
  std::size_t subscriptions() const { return counters.views.subscriptions.value(); }
  std::string page;
};

/// What a client takes that looks again as soon as there is room.
std::string take_all(FollowWorld& world, Peer& peer) {
  std::string all;
  while (true) {
    world.settle();
    const std::string more = peer.take();
    if (more.empty()) return all;
    all += more;
  }
}

TEST(EventStream, TellsWhereItStandsAndThenWhatComes) {
  FollowWorld world;
  world.publish("before");
  Peer peer(world);
  std::string answer = peer.ask(follow());
  world.publish("one");
  answer += peer.take();
  const Body body = body_of(answer);
  EXPECT_TRUE(body.head.starts_with("HTTP/1.1 200 OK\r\n")) << body.head;
  EXPECT_NE(body.head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(body.head.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(without_beats(body.bytes), "retry: 1000\nid: " + world.id(1) + "\n\n" + world.event(2, "one"));
  EXPECT_FALSE(body.whole);
  EXPECT_EQ(world.subscriptions(), 1u);
  peer.cut();
  world.settle();
  EXPECT_EQ(world.subscriptions(), 0u);
}

TEST(EventStream, StartRules) {
  FollowWorld world;
  for (const char* text : {"1", "2", "3"}) world.publish(text);
  const auto told = [&](std::string_view query, std::string_view more = "") {
    Peer peer(world);
    return without_beats(body_of(peer.ask(follow(query, more))).bytes);
  };
  const std::string retry = "retry: 1000\n";
  const auto position = [&](int last) { return retry + "id: " + world.id(last) + "\n\n"; };
  EXPECT_EQ(told("?start=new"), position(3));
  EXPECT_EQ(told("?start=latest"), position(2) + world.event(3, "3"));
  EXPECT_EQ(told("?start=last:2"), position(1) + world.event(2, "2") + world.event(3, "3"));
  EXPECT_EQ(told("?start=last:99"),
            position(0) + world.event(1, "1") + world.event(2, "2") + world.event(3, "3"));
  EXPECT_EQ(told("?start=2"), position(1) + world.event(2, "2") + world.event(3, "3"));
  EXPECT_EQ(told("?start=new", "Last-Event-ID: " + world.id(2) + "\r\n"), retry + "\n" + world.event(3, "3"))
      << "who knows where it stands is not told";
  EXPECT_EQ(told("", "Last-Event-ID: " + world.id(3) + "\r\n"), retry + "\n");
  EXPECT_EQ(told("?format=text&start=latest"), position(2) + "id: " + world.id(3) + "\ndata: 3\n\n");
  const std::string ahead = told("", "Last-Event-ID: " + world.id(9) + "\r\n");
  EXPECT_TRUE(ahead.starts_with(retry + "\nevent: discontinuity\nid: " + world.id(3) + "\ndata: ")) << ahead;
  EXPECT_NE(ahead.find("position_ahead"), std::string::npos);
  const std::string other_page = told("", "Last-Event-ID: 7:2\r\n");
  EXPECT_TRUE(other_page.starts_with(retry + "\nevent: discontinuity\nid: " + world.id(0) + "\ndata: "))
      << other_page;
  EXPECT_TRUE(other_page.ends_with(world.event(1, "1") + world.event(2, "2") + world.event(3, "3")));
}

TEST(EventStream, RefusesInWords) {
  FollowWorld world;
  const struct {
    std::string request;
    int status;
  } cases[] = {{follow("?start=x"), 400},
               {follow("", "Last-Event-ID: x\r\n"), 400},
               {follow("", "", "%00"), 400},
               {follow("", "", "a/b"), 400},
               {follow("", "Origin: http://evil.example\r\n"), 403},
               {"GET /topics/nowhere/t HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n", 404},
               {"DELETE /topics/default/t HTTP/1.1\r\nHost: a\r\n\r\n", 405}};
  for (const auto& c : cases) {
    Peer peer(world);
    const std::string answer = peer.ask(c.request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(c.status))) << c.request << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
    EXPECT_TRUE(peer.ask("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("page\n"))
        << "the connection lives on";
  }
  EXPECT_EQ(world.subscriptions(), 0u);
}

TEST(EventStream, TheLimitOfSubscriptionsIsExact) {
  Limits limits;
  limits.subscriptions_max = 1;
  FollowWorld world(limits);
  Peer one(world), two(world);
  EXPECT_TRUE(one.ask(follow()).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(two.ask(follow()).starts_with("HTTP/1.1 429 "));
  one.cut();
  world.settle();
  EXPECT_TRUE(two.ask(follow()).starts_with("HTTP/1.1 200 "));
}

// However little the socket takes at a time, the same bytes come.
TEST(EventStream, CutAtEverySize) {
  for (std::size_t room = 1; room < 300; room += room < 40 ? 1 : 7) {
    SCOPED_TRACE(room);
    FollowWorld world;
    world.publish("first");
    world.publish(std::string(20'000, 'L'));
    Peer peer(world);
    peer.socket().room = room;
    std::string answer = peer.ask(follow("?start=1"));
    answer += take_all(world, peer);
    peer.socket().room = SIZE_MAX;
    world.publish("last");
    answer += peer.take();
    const std::string events = without_beats(body_of(answer).bytes);
    ASSERT_EQ(events, "retry: 1000\nid: " + world.id(0) + "\n\n" + world.event(1, "first") +
                          world.event(2, std::string(20'000, 'L')) + world.event(3, "last"));
  }
}

TEST(EventStream, BeatsWhileIdle) {
  FollowWorld world;
  Peer peer(world);
  peer.ask(follow());
  world.pass(10s);
  const std::string beats = "\r\n" + peer.take();
  std::size_t count = 0;
  for (std::size_t at = 0; (at = beats.find("\r\n3\r\n:\n\n", at)) != std::string::npos; ++at) ++count;
  EXPECT_GE(count, 9u);
  EXPECT_LE(count, 11u);
  EXPECT_FALSE(peer.gone());
}

TEST(EventStream, ASlowReaderIsToldWhatItLost) {
  Limits limits;
  limits.replay_messages_max = 4;
  FollowWorld world(limits);
  Peer peer(world);
  std::string answer = peer.ask(follow());
  peer.socket().room = 1;
  world.publish("1");
  for (int i = 2; i <= 20; ++i) world.publish(std::to_string(i));
  world.pass(60s);
  EXPECT_FALSE(peer.gone()) << "never closed for slowness";
  peer.socket().room = SIZE_MAX;
  answer += take_all(world, peer);
  const std::string events = without_beats(body_of(answer).bytes);
  EXPECT_NE(events.find("event: discontinuity\nid: " + world.id(16) + "\n"), std::string::npos) << events;
  EXPECT_NE(events.find("\"missed_to\":16,\"reason\":\"slow_consumer\""), std::string::npos);
  EXPECT_TRUE(events.ends_with(world.event(17, "17") + world.event(18, "18") + world.event(19, "19") +
                               world.event(20, "20")));
}

TEST(EventStream, ADrainEndsItWithATimeToComeBack) {
  FollowWorld world;
  Peer peer(world), late(world);
  std::string answer = peer.ask(follow());
  late.ask("GET /topics/default/t HTTP/1.1\r\n");
  world.gateway.drain(world.now);
  world.settle();
  answer += peer.take();
  const Body body = body_of(answer);
  EXPECT_TRUE(body.whole);
  const std::size_t last = body.bytes.rfind("retry: ");
  EXPECT_GT(last, 0u) << body.bytes;
  const int milliseconds = std::stoi(body.bytes.substr(last + 7));
  EXPECT_TRUE(milliseconds >= 500 && milliseconds <= 1500) << milliseconds;
  EXPECT_TRUE(peer.socket().server_ended);
  const std::string answer_late = late.ask("Host: a\r\nAccept: text/event-stream\r\n\r\n");
  EXPECT_TRUE(answer_late.starts_with("HTTP/1.1 200 ")) << "an EventSource gives up after any other status";
  EXPECT_NE(answer_late.find("retry: "), std::string::npos);
  EXPECT_EQ(world.subscriptions(), 0u);
}

TEST(EventStream, ADeletedNamespaceEndsItInWords) {
  FollowWorld world;
  Peer peer(world);
  std::string answer = peer.ask(follow());
  world.delete_namespace("default");
  world.settle();
  answer += peer.take();
  const Body body = body_of(answer);
  EXPECT_TRUE(body.whole);
  EXPECT_NE(body.bytes.find("event: end\ndata: {\"type\":\"about:blank\""), std::string::npos) << body.bytes;
  EXPECT_TRUE(peer.socket().server_ended);
}

TEST(EventStream, WaitsForTheOwner) {
  FollowWorld world;
  Peer peer(world);
  world.owner_sleeps = true;
  EXPECT_EQ(peer.ask(follow()), "");
  world.owner_sleeps = false;
  world.settle();
  EXPECT_TRUE(peer.take().starts_with("HTTP/1.1 200 "));
}

TEST(EventStream, TheClientsEndEndsIt) {
  FollowWorld world;
  Peer peer(world);
  peer.ask(follow());
  peer.end();
  world.settle();
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(world.subscriptions(), 0u);
}

// Nothing behind a stream is served, and it is kept only up to a limit.
TEST(EventStream, WhatComesBehindItWaitsInTheKernel) {
  FollowWorld world;
  Peer peer(world);
  const std::string requests(200'000, 'x');
  const std::string answer = peer.ask(follow() + requests);
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos);
  EXPECT_GT(peer.socket().to_server.size(), 60'000u);
  world.publish("on");
  EXPECT_NE(peer.take().find("\"text\":\"on\""), std::string::npos);
}

TEST(EventStream, AClientOfHttp10GetsItPlain) {
  FollowWorld world;
  world.publish("x");
  Peer peer(world);
  const std::string answer =
      peer.ask("GET /topics/default/t?start=latest HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n");
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(without_beats(answer).ends_with("\r\n\r\nretry: 1000\nid: " + world.id(0) + "\n\n" +
                                              world.event(1, "x")))
      << answer;
}

TEST(LongPoll, AnswersWithWhatIsThere) {
  FollowWorld world;
  for (const char* text : {"1", "2", "3"}) world.publish(text);
  Peer peer(world);  // one connection, which lives on
  const auto told = [&](std::string_view query) {
    const Body body = body_of(peer.ask(poll(query)));
    EXPECT_TRUE(body.whole);
    EXPECT_NE(body.head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_NE(body.head.find("Connection: keep-alive\r\n"), std::string::npos);
    return body.bytes;
  };
  const std::string latest = "{\"items\":[" + world.item(3, "3") + world.next(4);
  EXPECT_EQ(told(""), latest);
  EXPECT_EQ(told("?sequence_number=0&sequence_page=0"), latest);
  EXPECT_EQ(told("?sequence_number=2&sequence_page=" + world.page),
            "{\"items\":[" + world.item(2, "2") + "," + world.item(3, "3") + world.next(4));
  EXPECT_EQ(told("?start=1"), "{\"items\":[" + world.item(1, "1") + "," + world.item(2, "2") + "," +
                                  world.item(3, "3") + world.next(4));
  const std::string ahead = told("?sequence_number=9&sequence_page=" + world.page);
  EXPECT_TRUE(ahead.starts_with("{\"items\":[{\"discontinuity\":{\"last_topic_sequence\":8,")) << ahead;
  EXPECT_TRUE(ahead.ends_with("}}" + world.next(4)));
  EXPECT_EQ(world.subscriptions(), 0u);
}

TEST(LongPoll, WaitsForTheFirstMessage) {
  FollowWorld world;
  Peer peer(world);
  EXPECT_EQ(peer.ask(poll("?wait=20")), "");
  world.pass(19s);
  world.publish("late");
  EXPECT_EQ(body_of(peer.take()).bytes, "{\"items\":[" + world.item(1, "late") + world.next(2));
}

TEST(LongPoll, AnswersEmptyWhenItsWaitIsOver) {
  FollowWorld world;
  world.publish("x");
  Peer peer(world), at_once(world);
  EXPECT_EQ(body_of(at_once.ask(poll("?start=new&wait=0"))).bytes, "{\"items\":[" + world.next(2));
  EXPECT_EQ(peer.ask(poll("?start=new&wait=20")), "");
  world.pass(20s - 20ms);
  EXPECT_EQ(peer.take(), "");
  world.pass(40ms);
  EXPECT_EQ(body_of(peer.take()).bytes, "{\"items\":[" + world.next(2));
  EXPECT_EQ(world.subscriptions(), 0u);
}

TEST(LongPoll, APollAfterTheOtherMissesNothing) {
  FollowWorld world;
  std::string query = "?start=new&wait=5";
  std::vector<std::string> heard;
  Peer peer(world);
  for (int i = 0; i < 50; ++i) {
    peer.send(poll(query));
    if (i % 3 != 0) world.settle();
    for (int k = 0; k < i % 4; ++k) world.publish(std::to_string(i) + "-" + std::to_string(k));
    world.pass(6s);
    const std::string list = body_of(peer.take()).bytes;
    for (std::size_t at = 0; (at = list.find("\"text\":\"", at)) != std::string::npos; ++at)
      heard.push_back(list.substr(at + 8, list.find('"', at + 8) - at - 8));
    const std::size_t next = list.find("\"next\":{\"sequence_number\":") + 26;
    ASSERT_NE(next, std::string::npos + 26) << list;
    const std::size_t page = list.find("\"sequence_page\":", next) + 16;
    query = "?wait=5&sequence_number=" + list.substr(next, list.find(',', next) - next) +
            "&sequence_page=" + list.substr(page, list.find('}', page) - page);
  }
  std::vector<std::string> published;
  for (int i = 0; i < 50; ++i)
    for (int k = 0; k < i % 4; ++k) published.push_back(std::to_string(i) + "-" + std::to_string(k));
  // The first poll was not begun when nothing was published yet, so none of them is lost.
  EXPECT_EQ(heard, published);
}

// Requests behind a poll wait, and are answered in order.
TEST(LongPoll, PipelinedRequestsAreServedInOrder) {
  FollowWorld world;
  world.publish("x");
  Peer peer(world);
  const std::string answers = peer.ask(poll() + poll("?start=1") + "GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
  std::size_t lists = 0;
  for (std::size_t at = 0; (at = answers.find("{\"items\":[", at)) != std::string::npos; ++at) ++lists;
  EXPECT_EQ(lists, 2u);
  EXPECT_TRUE(answers.ends_with("page\n"));
}

TEST(LongPoll, AListIsBounded) {
  Limits limits;
  limits.replay_bytes_max = 16 << 20;
  FollowWorld world(limits);
  const std::string large(300'000, 'x');
  for (int i = 0; i < 8; ++i) world.publish(large);
  Peer peer(world);
  const Body body = body_of(peer.ask(poll("?start=1")));
  EXPECT_TRUE(body.whole);
  EXPECT_EQ(body.bytes.substr(body.bytes.size() - world.next(5).size()), world.next(5));
  const Body rest = body_of(peer.ask(poll("?sequence_number=5&sequence_page=" + world.page)));
  EXPECT_TRUE(rest.bytes.ends_with(world.next(9)));
}

TEST(LongPoll, CutAtEverySize) {
  for (std::size_t room = 1; room < 300; room += room < 40 ? 1 : 7) {
    SCOPED_TRACE(room);
    FollowWorld world;
    world.publish("first");
    world.publish(std::string(20'000, 'L'));
    Peer peer(world);
    peer.socket().room = room;
    std::string answer = peer.ask(poll("?start=1"));
    answer += take_all(world, peer);
    ASSERT_EQ(body_of(answer).bytes, "{\"items\":[" + world.item(1, "first") + "," +
                                         world.item(2, std::string(20'000, 'L')) + world.next(3));
  }
}

TEST(LongPoll, ADrainAnswersEmpty) {
  FollowWorld world;
  world.publish("x");
  Peer peer(world), late(world), unheard(world);
  peer.ask(poll("?start=new"));
  late.ask("GET /topics/default/t HTTP/1.1\r\n");
  world.owner_sleeps = true;
  unheard.ask(poll("", "", "other"));
  world.gateway.drain(world.now);
  world.owner_sleeps = false;
  world.settle();
  const Body body = body_of(peer.take());
  EXPECT_EQ(body.bytes, "{\"items\":[" + world.next(2));
  EXPECT_NE(body.head.find("Connection: close\r\n"), std::string::npos);
  const std::string refused = late.ask("Host: a\r\n\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 "));
  EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_TRUE(unheard.take().starts_with("HTTP/1.1 503 "));
}

TEST(LongPoll, ADeletedNamespaceIsNotFound) {
  FollowWorld world;
  Peer peer(world);
  peer.ask(poll("?start=new"));
  world.delete_namespace("default");
  world.settle();
  EXPECT_TRUE(peer.take().starts_with("HTTP/1.1 404 "));
}

TEST(LongPoll, AnAnswerThatIsNotTakenIsCut) {
  FollowWorld world;
  world.publish(std::string(500'000, 'x'));
  Peer peer(world);
  peer.socket().room = 100;
  peer.ask(poll());
  world.pass(world.limits.control_write_within + 1s);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(world.subscriptions(), 0u);
}

}  // namespace
}  // namespace hark::gateway::test
