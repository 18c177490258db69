#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "bench/fanout/driver.h"

namespace hark::bench {
namespace {

std::string bulk(std::string_view text) { return fmt::format("${}\r\n{}\r\n", text.size(), text); }

class RedisSubscriber final : public Connection {
 public:
  RedisSubscriber(Loop& loop, Score& score, const Shape& shape)
      : Connection(loop, shape.port, true),
        score_(score),
        confirmation_("*3\r\n" + bulk("subscribe") + bulk(shape.topic) + ":1\r\n"),
        prefix_("*3\r\n" + bulk("message") + bulk(shape.topic) + fmt::format("${}\r\n", shape.payload_size)),
        message_size_(prefix_.size() + shape.payload_size + 2) {
    outgoing() = "*2\r\n" + bulk("SUBSCRIBE") + bulk(shape.topic);
    flush();
  }

  // Every reply has a known size, so cutting needs no parser; each prefix is compared all the same.
  void on_bytes(Bytes bytes) override {
    while (!partial_.empty() && !bytes.empty()) {
      const auto take = std::min(next_size() - partial_.size(), bytes.size());
      partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
      bytes = bytes.subspan(take);
      if (partial_.size() < next_size()) return;
      read_reply(partial_.data());
      partial_.clear();
    }
    while (bytes.size() >= next_size()) {
      const auto size = next_size();
      read_reply(bytes.data());
      bytes = bytes.subspan(size);
    }
    partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  }

 private:
  std::size_t next_size() const { return confirmed_ ? message_size_ : confirmation_.size(); }

  void read_reply(const std::uint8_t* bytes) {
    const std::string& expected = confirmed_ ? prefix_ : confirmation_;
    if (std::memcmp(bytes, expected.data(), expected.size()) != 0) die("redis: unknown reply");
    if (confirmed_) {
      score_.deliver(subscriber_, bytes + prefix_.size());
    } else {
      confirmed_ = true;
      ++score_.ready;
    }
  }

  Score& score_;
  std::string confirmation_;
  std::string prefix_;
  std::size_t message_size_;
  bool confirmed_ = false;
  Subscriber subscriber_;
  std::vector<std::uint8_t> partial_;
};

class RedisPublisher final : public Connection {
 public:
  RedisPublisher(Loop& loop, Score& score, const Shape& shape)
      : Connection(loop, shape.port, false),
        score_(score),
        command_("*3\r\n" + bulk("PUBLISH") + bulk(shape.topic) + fmt::format("${}\r\n", shape.payload_size)),
        payload_(shape.payload_size, 'x'),
        answer_(fmt::format(":{}\r\n", shape.subscribers)) {}

  // PUBLISH answers with the number of subscribers it reached.
  void on_bytes(Bytes bytes) override {
    partial_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t at = 0;
    for (; partial_.size() - at >= answer_.size(); at += answer_.size()) {
      if (partial_.compare(at, answer_.size(), answer_) != 0) {
        die(fmt::format("redis: PUBLISH answered {}", partial_.substr(at, 60)));
      }
      ++score_.answered;
    }
    partial_.erase(0, at);
  }

  void publish(std::size_t count) {
    const auto now = now_nanoseconds();
    for (std::size_t i = 0; i < count; ++i) {
      write_stamp(reinterpret_cast<std::uint8_t*>(payload_.data()), {score_.published++, now});
      outgoing() += command_;
      outgoing() += payload_;
      outgoing() += "\r\n";
    }
    flush();
  }

 private:
  Score& score_;
  std::string command_;
  std::string payload_;
  std::string answer_;
  std::string partial_;
};

class RedisDriver final : public Driver {
 public:
  RedisDriver(Loop& loop, Score& score, const Shape& shape) : publisher_(loop, score, shape) {
    if (shape.connections != shape.subscribers) {
      die("redis has one subscription to a channel a connection");
    }
    for (std::size_t i = 0; i < shape.connections; ++i) {
      subscribers_.push_back(std::make_unique<RedisSubscriber>(loop, score, shape));
    }
  }

  void publish(std::size_t count) override { publisher_.publish(count); }

 private:
  RedisPublisher publisher_;
  std::vector<std::unique_ptr<RedisSubscriber>> subscribers_;
};

}  // namespace

std::unique_ptr<Driver> make_redis_driver(Loop& loop, Score& score, const Shape& shape) {
  return std::make_unique<RedisDriver>(loop, score, shape);
}

}  // namespace hark::bench
