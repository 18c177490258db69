#include <gmock/gmock.h>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Nghttp2Session, AnswersAUnaryCallWithHeadBodyAndTrailers) {
  Client client;
  Server server;
  server.end_hook = [&](StreamId id) { server.answer(id, "answer"); };
  const auto id = client.request("/call", "question");
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(server.log, "request 1 POST /call\nend 1 after 8\nclosed 1\n");
  EXPECT_EQ(client.answer(id).body, "answer");
  EXPECT_THAT(client.answer(id).head, ElementsAre(Pair(":status", "200")));
  EXPECT_THAT(client.answer(id).trailers, ElementsAre(Pair("grpc-status", "0")));
  EXPECT_TRUE(client.answer(id).closed);
  EXPECT_EQ(client.answer(id).error_code, 0u);
}

TEST(Nghttp2Session, AnswersInTheFramesThatTheAnswerNeeds) {
  const struct {
    const char* name;
    const char* body;
    bool trailers;
    const char* frames;  // type, and ! for END_STREAM
  } cases[] = {
      {"trailers only", "", false, "H! "},
      {"no body", "", true, "H H! "},
      {"no trailers", "body", false, "H D! "},
      {"a call", "body", true, "H D H! "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    ASSERT_TRUE(server.receive(hello() + request(1)));
    server.produce();
    server.answer(1, c.body, c.trailers ? Server::ok_trailers : std::span<const Header>());
    std::string seen;
    for (const RawFrame& frame : frames_in(server.produce())) {
      seen += frame.head.type == FrameType::headers ? "H" : "D";
      seen += frame.head.has(flag_end_stream) ? "! " : " ";
    }
    EXPECT_EQ(seen, c.frames);
    EXPECT_EQ(server.closed, 1u);
    EXPECT_FALSE(server.session->done());
  }
}

TEST(Nghttp2Session, ResetsTheRestOfARequestThatIsAnsweredEarly) {
  Server server;
  ASSERT_TRUE(server.receive(hello() + open_request(1) + data(1, "part")));
  server.produce();
  server.answer(1, "", {});
  const auto frames = frames_in(server.produce());
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_TRUE(frames[0].head.has(flag_end_stream));
  EXPECT_EQ(frames[1].head.type, FrameType::rst_stream);
  EXPECT_EQ(frames[1].payload, big_endian(NGHTTP2_NO_ERROR, 4));
  EXPECT_EQ(server.closed, 1u);
  EXPECT_TRUE(server.receive(data(1, "late", flag_end_stream)));
  EXPECT_EQ(server.bodies[1], "part");
}

TEST(Nghttp2Session, StreamsABodyAsItComes) {
  for (const bool dry_early : {true, false}) {
    Client client;
    Server server;
    const auto id = client.request("/subscribe");
    ASSERT_TRUE(converse(client, server));
    TestSource& source = server.sources[id];
    source.dry_early = dry_early;
    server.stream(id);
    ASSERT_TRUE(converse(client, server));
    EXPECT_EQ(client.answer(id).body, "");

    source.waiting = "one";
    server.session->resume(id);
    EXPECT_TRUE(server.session->wants_to_send());
    ASSERT_TRUE(converse(client, server));
    EXPECT_EQ(client.answer(id).body, "one");
    EXPECT_FALSE(server.session->wants_to_send());

    source.waiting = " two";
    source.ended = true;
    server.session->resume(id);
    ASSERT_TRUE(converse(client, server));
    EXPECT_EQ(client.answer(id).body, "one two");
    EXPECT_THAT(client.answer(id).trailers, ElementsAre(Pair("grpc-status", "0")));
    EXPECT_TRUE(client.answer(id).closed);
    EXPECT_EQ(server.closed, 1u);
    server.session->resume(id);  // a dead id
    EXPECT_FALSE(server.session->wants_to_send());
  }
}

// A resume between the source's last bytes and the library's next question must not be lost.
TEST(Nghttp2Session, NoticesAResumeWhileItsFrameIsOnTheWay) {
  Client client;
  Server server;
  const auto id = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  TestSource& source = server.stream(id);
  ASSERT_TRUE(converse(client, server));
  source.waiting = std::string(1000, 'a');
  server.session->resume(id);
  Gather gather(500);  // full after the frame, so the library has not asked again
  server.session->produce(gather, server.now);
  source.waiting = "b";
  server.session->resume(id);
  std::string out;
  gather.copy_from(0, out);
  client.receive(out + server.produce());
  EXPECT_EQ(client.answer(id).body, std::string(1000, 'a') + "b");
}

TEST(Nghttp2Session, AsksADrySourceOnlyOnce) {
  Client client;
  Server server;
  const auto id = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  TestSource& source = server.stream(id);
  ASSERT_TRUE(converse(client, server));
  const std::size_t before = source.pulls;
  for (int i = 0; i < 10; ++i) {
    source.waiting = "x";
    server.session->resume(id);
    ASSERT_TRUE(converse(client, server));
  }
  EXPECT_EQ(source.pulls, before + 10);
}

TEST(Nghttp2Session, BorrowsLastingSlicesAndCopiesFleetingOnes) {
  struct Both : BodySource {
    std::string lasting = std::string(5000, 'l'), fleeting = std::string(5000, 'f');
    Pulled pull(std::size_t, Slices& out) override {
      out.add_lasting(as_byte_span(lasting));
      out.add_fleeting(as_byte_span(fleeting));
      return Pulled::end;
    }
    void trailers(std::vector<Header>&) override {}
  } source;
  Server server;
  ASSERT_TRUE(server.receive(hello() + request(1)));
  server.produce();
  const Header head[] = {{":status", "200"}};
  EXPECT_TRUE(server.session->respond_streaming(1, head, source));
  EXPECT_FALSE(server.session->respond_streaming(1, head, source));
  Gather gather(1 << 16);
  server.session->produce(gather, server.now);
  std::size_t borrowed = 0;
  for (const iovec& piece : gather.pieces()) {
    if (piece.iov_base == source.lasting.data()) borrowed += piece.iov_len;
  }
  EXPECT_EQ(borrowed, 5000u);
  source.fleeting.assign(5000, 'x');
  std::string out;
  gather.copy_from(0, out);
  EXPECT_THAT(out, ::testing::HasSubstr(source.lasting + std::string(5000, 'f')));
  EXPECT_TRUE(frames_in(out).back().head.has(flag_end_stream));  // no trailers: DATA ends it
}

TEST(Nghttp2Session, KeepsToTheRoomOfTheGather) {
  Client client;
  Server server;
  const auto id = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  server.stream(id).endless = true;
  for (const std::size_t room : {1u, 100u, 5000u, 40'000u}) {
    Gather gather(room);
    EXPECT_TRUE(server.session->produce(gather, server.now));
    EXPECT_GE(gather.size(), room);
    EXPECT_LE(gather.size(), room + 1024 + 64);
  }
}

TEST(Nghttp2Session, SharesTheConnectionFairlyBetweenStreams) {
  Client client({.takes_bodies = true, .initial_window = 1 << 20});
  Server server;
  const auto first = client.request("/1"), second = client.request("/2");
  ASSERT_TRUE(converse(client, server));
  client.open_window(0, 1 << 24);
  ASSERT_TRUE(server.receive(client.produce()));
  server.stream(first).endless = true;
  server.stream(second).endless = true;
  Gather gather(16 << 10);
  for (int i = 0; i < 40; ++i) {
    gather.clear();
    server.session->produce(gather, server.now);
  }
  const auto given = [&](StreamId id) { return static_cast<double>(server.sources[id].given); };
  EXPECT_NEAR(given(first) / given(second), 1.0, 0.1);
}

TEST(Nghttp2Session, EndsGracefullyInTwoSteps) {
  Client client;
  Server server;
  const auto streaming = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  server.stream(streaming);
  server.session->announce_shutdown();
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.goaway(), 0u);
  EXPECT_EQ(client.goaway_last_stream(), 0x7fff'ffff);

  ASSERT_TRUE(server.receive(request(3)));  // was on its way
  server.answer(3);
  EXPECT_EQ(server.requests, 2u);
  server.session->shutdown();
  server.produce();
  ASSERT_TRUE(server.receive(request(5)));
  EXPECT_EQ(server.requests, 2u);
  EXPECT_FALSE(server.session->done());
  server.sources[streaming].ended = true;
  server.session->resume(streaming);
  server.produce();
  EXPECT_TRUE(server.session->done());
}

TEST(Nghttp2Session, IgnoresCallsForStreamsThatAreGone) {
  Client client;
  Server server;
  const auto id = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  server.closed_hook = [&](StreamId closed) {
    server.answer(closed);
    server.session->consume(closed, 10);
    server.session->reset(closed, NGHTTP2_CANCEL);
  };
  client.cancel(id);
  ASSERT_TRUE(converse(client, server));
  TestSource source;
  const Header head[] = {{":status", "200"}};
  EXPECT_FALSE(server.session->respond_streaming(id, head, source));
  server.answer(id);
  server.session->reset(id, NGHTTP2_CANCEL);
  server.session->grow_window(id, 1 << 20);
  server.session->resume(id);
  EXPECT_FALSE(server.session->wants_to_send());
  EXPECT_EQ(server.closed, 1u);
  EXPECT_EQ(server.counters.resets_received, 1u);
}

TEST(Nghttp2Session, ResetsWithTheCodeItIsGivenAndTellsNoMoreOfTheRequest) {
  Server server;
  server.request_hook = [&](StreamId id, const RequestHead&) {
    server.session->reset(id, NGHTTP2_REFUSED_STREAM);
    server.answer(id);  // too late
  };
  ASSERT_TRUE(server.receive(hello() + open_request(1) + data(1, "body", flag_end_stream)));
  const auto frames = frames_in(server.produce());
  EXPECT_EQ(frames.back().head.type, FrameType::rst_stream);
  EXPECT_EQ(frames.back().payload, big_endian(NGHTTP2_REFUSED_STREAM, 4));
  EXPECT_EQ(server.log, "request 1 POST /test\nclosed 1\n");
  EXPECT_EQ(server.counters.resets_sent, 1u);
}

TEST(Nghttp2Session, AnnouncesItsSettings) {
  Server server;
  const auto frames = frames_in(server.produce());
  ASSERT_EQ(frames.size(), 1u);
  const auto entry = [](std::uint16_t id, std::uint32_t value) {
    return ::testing::HasSubstr(big_endian(id, 2) + big_endian(value, 4));
  };
  EXPECT_THAT(frames[0].payload, entry(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0));
  EXPECT_THAT(frames[0].payload, entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 20'000));
  EXPECT_THAT(frames[0].payload, entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 16 << 10));
  EXPECT_THAT(frames[0].payload, entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1));
}

}  // namespace
}  // namespace hark::protocol::http2::testing
