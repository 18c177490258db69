// The load is the judge of every figure, so what it counts and what it refuses is tested here.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "bench/fanout/event_stream.h"
#include "bench/fanout/frame_reader.h"
#include "bench/fanout/histogram.h"
#include "bench/fanout/item_stream.h"

namespace hark::bench {
namespace {

using testing::ExitedWithCode;

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string item(std::uint64_t sequence, std::uint64_t index, std::size_t payload_size = 40) {
  std::string payload(payload_size, 'x');
  write_stamp(reinterpret_cast<std::uint8_t*>(payload.data()), {index, 7});
  std::string value;
  append_field(value, 2, payload);
  std::string body;
  append_field(body, 1, sequence);
  append_field(body, 2, value);
  append_field(body, 4, std::uint64_t{1'748'358'253'000});
  std::string message;
  append_field(message, 1, body);
  std::string framed;
  append_grpc_message(framed, message);
  return framed;
}

std::string heartbeat() {
  std::string framed;
  append_grpc_message(framed, std::string_view("\x1a\x00", 2));
  return framed;
}

TEST(Histogram, APercentileIsAtMostOneBucketAboveTheTruth) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> values;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = random() >> (random() % 60);
    values.push_back(value);
    histogram.record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    SCOPED_TRACE(share);
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()) + 0.5);
    const auto truth = static_cast<double>(values[rank - 1]);
    EXPECT_GE(static_cast<double>(histogram.percentile(share)), truth * (1 - 1e-9));
    EXPECT_LE(static_cast<double>(histogram.percentile(share)), truth * 1.016 + 1);
  }
  EXPECT_EQ(histogram.percentile(1), values.back());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(Histogram().percentile(0.5), 0U);
}

struct Sink {
  std::string data;
  std::string other;
  int ended = 0;
  void on_data(std::uint32_t stream, Bytes part) {
    EXPECT_EQ(stream, 5U);
    data.append(part.begin(), part.end());
  }
  void on_data_end(const FrameHead& /*head*/) { ++ended; }
  void on_frame(const FrameHead& head, Bytes payload) {
    other += std::to_string(head.type) + ":" + std::string(payload.begin(), payload.end()) + " ";
  }
};

TEST(FrameReader, ReadsTheSameWhereverTheBytesAreCut) {
  std::string wire;
  append_frame(wire, {.type = frame::settings}, "");
  append_frame(wire, {.type = frame::data, .stream = 5}, "hello ");
  append_frame(wire, {.type = frame::data, .stream = 5}, "");
  append_frame(wire, {.type = frame::ping}, "12345678");
  append_frame(wire, {.type = frame::data, .stream = 5}, "world");
  for (std::size_t cut = 1; cut <= wire.size(); ++cut) {
    SCOPED_TRACE(cut);
    FrameReader reader;
    Sink sink;
    for (std::size_t at = 0; at < wire.size(); at += cut) {
      reader.feed(bytes_of(wire).subspan(at, std::min(cut, wire.size() - at)), sink);
    }
    EXPECT_EQ(sink.data, "hello world");
    EXPECT_EQ(sink.other, "4: 6:12345678 ");
    EXPECT_EQ(sink.ended, 3);
  }
}

TEST(ItemStream, ScoresEveryItemWhereverTheBytesAreCut) {
  const std::string wire = heartbeat() + item(1, 0) + item(2, 1) + heartbeat() + item(3, 2);
  for (std::size_t cut = 1; cut <= wire.size(); ++cut) {
    SCOPED_TRACE(cut);
    Score score;
    ItemStream stream(40);
    for (std::size_t at = 0; at < wire.size(); at += cut) {
      stream.feed(bytes_of(wire).subspan(at, std::min(cut, wire.size() - at)), score);
    }
    EXPECT_EQ(score.delivered, 3U);
    EXPECT_EQ(score.ready, 1U);
  }
}

TEST(ItemStreamDeathTest, EndsTheRunAtWhatASubscriberMustNeverSee) {
  std::string discontinuity;
  append_grpc_message(discontinuity, std::string_view("\x12\x02\x08\x01", 4));
  const struct {
    const char* name;
    std::string wire;
    const char* words;
  } cases[] = {
      {"a gap", item(1, 0) + item(2, 2), "expected message 1 and received 2"},
      {"a repeat", item(1, 0) + item(2, 0), "expected message 1 and received 0"},
      {"a start in the middle", item(9, 8), "expected message 0 and received 8"},
      {"a sequence number twice", item(1, 0) + item(1, 1), "sequence number 1 after 1"},
      {"a discontinuity", item(1, 0) + discontinuity, "discontinuity"},
      {"another size", item(1, 0, 39), "39 bytes instead of 40"},
      {"a compressed message", "\x01\x01\x01\x01\x01", "compressed"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Score score;
    ItemStream stream(40);
    EXPECT_EXIT(stream.feed(bytes_of(c.wire), score), ExitedWithCode(1), c.words);
  }
}

std::string event(std::uint64_t sequence, std::uint64_t index, std::size_t payload_size = 40) {
  std::string payload(payload_size, 'x');
  write_text_stamp(payload.data(), {index, 7});
  return "id: 7:" + std::to_string(sequence) +
         "\ndata: {\"item\":{\"topic_sequence_number\":" + std::to_string(sequence) +
         ",\"sequence_page\":7,\"value\":{\"text\":\"" + payload + "\"}}}\n\n";
}

/// An answer whose body comes in chunks of at most `size` bytes.
std::string chunked(std::string_view body, std::size_t size = 1000) {
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += size) {
    const auto part = body.substr(at, size);
    answer += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
  }
  return answer;
}

TEST(EventStream, ScoresEveryEventWhereverTheBytesAreCut) {
  const std::string body = "retry: 1000\nid: 7:0\n\n" + event(1, 0) + ":\n\n" + event(2, 1) + event(3, 2);
  for (const std::size_t chunk : {1U, 7U, 100U, 10'000U}) {
    const std::string wire = chunked(body, chunk);
    for (std::size_t cut = 1; cut <= wire.size(); cut = cut < 40 ? cut + 1 : cut * 2) {
      SCOPED_TRACE(cut);
      Score score;
      EventStream stream(40);
      for (std::size_t at = 0; at < wire.size(); at += cut)
        stream.feed(bytes_of(wire).subspan(at, std::min(cut, wire.size() - at)), score);
      EXPECT_EQ(score.delivered, 3U);
      EXPECT_EQ(score.ready, 1U);
    }
  }
}

TEST(EventStreamDeathTest, EndsTheRunAtWhatASubscriberMustNeverSee) {
  const struct {
    const char* name;
    std::string wire;
    const char* words;
  } cases[] = {
      {"a gap", chunked(event(1, 0) + event(2, 2)), "expected message 1 and received 2"},
      {"a sequence number twice", chunked(event(1, 0) + event(1, 1)), "sequence number 1 after 1"},
      {"a discontinuity", chunked(event(1, 0) + "event: discontinuity\nid: 7:4\ndata: {}\n\n"),
       "discontinuity"},
      {"another size", chunked(event(1, 0, 41)), "instead of"},
      {"a refusal", "HTTP/1.1 429 Too Many Requests\r\n\r\n", "429"},
      {"its end", chunked(event(1, 0)) + "0\r\n\r\n", "the events ended"},
      {"a chunk that lies", "HTTP/1.1 200 OK\r\n\r\n1\r\nab\r\n", "longer than it said"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Score score;
    EventStream stream(40);
    EXPECT_EXIT(stream.feed(bytes_of(c.wire), score), ExitedWithCode(1), c.words);
  }
}

TEST(ItemStream, GivesAWindowBackOnceItIsHalfUsed) {
  ItemStream stream(40);
  EXPECT_EQ(stream.consume(60, 100), 0U);
  EXPECT_EQ(stream.consume(60, 100), 120U);
  EXPECT_EQ(stream.consume(60, 100), 0U);
}

}  // namespace
}  // namespace hark::bench
