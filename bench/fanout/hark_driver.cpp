#include <fmt/core.h>

#include <vector>

#include "bench/fanout/driver.h"
#include "bench/fanout/http2_connection.h"
#include "bench/fanout/item_stream.h"

namespace hark::bench {
namespace {

constexpr std::string_view namespace_name = "default";

class HarkSubscriber final : public Http2Connection {
 public:
  HarkSubscriber(Loop& loop, Score& score, const Shape& shape, std::size_t streams)
      : Http2Connection(loop, shape.port, true), score_(score) {
    for (std::size_t i = 0; i < streams; ++i) streams_.emplace_back(shape.payload_size);
    flush();
  }

  /// Opens every stream; only after the server's SETTINGS.
  void subscribe(const std::string& topic) {
    if (max_concurrent_streams() < streams_.size()) die("hark: too few concurrent streams allowed");
    std::string request;
    append_field(request, 1, namespace_name);
    append_field(request, 2, topic);
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      append_call("/cache_client.pubsub.Pubsub/Subscribe", request);
    }
    flush();
  }

 private:
  void on_stream_data(std::uint32_t stream, Bytes part) override {
    auto& item_stream = streams_.at(stream / 2);
    item_stream.feed(part, score_);
    // Each window is given back once half of it is used.
    give_back(stream, item_stream.consume(part.size(), window_size / 2));
  }

  void on_stream_end(std::uint32_t stream, const Status& status) override {
    die(fmt::format("hark: Subscribe on stream {} ended with HTTP {}, gRPC {} {}", stream, status.http,
                    status.grpc, status.message));
  }

  Score& score_;
  std::vector<ItemStream> streams_;
};

class HarkPublisher final : public Http2Connection {
 public:
  HarkPublisher(Loop& loop, Score& score, const Shape& shape)
      : Http2Connection(loop, shape.port, false),
        score_(score),
        topic_(shape.topic),
        payload_(shape.payload_size, 'x') {
    flush();
  }

  void publish(std::size_t count) {
    waiting_ = count;  // The load counts what was sent, so what still waited is in `count` again.
    send_waiting();
  }

 private:
  void send_waiting() {
    const auto now = now_nanoseconds();
    for (; waiting_ > 0; --waiting_) {
      write_stamp(reinterpret_cast<std::uint8_t*>(payload_.data()), {score_.published, now});
      value_.clear();
      append_field(value_, 2, payload_);
      request_.clear();
      append_field(request_, 1, namespace_name);
      append_field(request_, 2, topic_);
      append_field(request_, 3, value_);
      if (!may_send(request_.size() + 5)) break;
      append_call("/cache_client.pubsub.Pubsub/Publish", request_);
      ++score_.published;
    }
    flush();
  }

  void on_stream_data(std::uint32_t /*stream*/, Bytes /*part*/) override {}

  void on_stream_end(std::uint32_t /*stream*/, const Status& status) override {
    if (status.grpc != 0) {
      die(fmt::format("hark: Publish answered HTTP {}, gRPC {} {}", status.http, status.grpc,
                      status.message));
    }
    ++score_.answered;
  }

  void on_window() override {
    if (waiting_ > 0) send_waiting();
  }

  Score& score_;
  std::string topic_;
  std::string payload_;
  std::string value_;
  std::string request_;
  std::size_t waiting_ = 0;  ///< publishes for which the server's window had no room yet
};

class HarkDriver final : public Driver {
 public:
  HarkDriver(Loop& loop, Score& score, const Shape& shape) : publisher_(loop, score, shape) {
    const auto streams = shape.subscribers / shape.connections;
    for (std::size_t i = 0; i < shape.connections; ++i) {
      subscribers_.push_back(std::make_unique<HarkSubscriber>(loop, score, shape, streams));
    }
    await_settings(loop, publisher_);
    if (publisher_.max_concurrent_streams() < shape.outstanding_max) {
      die(fmt::format("hark allows {} streams at once, fewer than the publishes outstanding",
                      publisher_.max_concurrent_streams()));
    }
    for (auto& subscriber : subscribers_) {
      await_settings(loop, *subscriber);
      subscriber->subscribe(shape.topic);
    }
  }

  void publish(std::size_t count) override { publisher_.publish(count); }

 private:
  static void await_settings(Loop& loop, const Http2Connection& connection) {
    const auto deadline = now_nanoseconds() + 10'000'000'000U;
    while (!connection.has_settings()) {
      if (now_nanoseconds() > deadline) die("hark: no SETTINGS within 10 s");
      loop.turn(100);
    }
  }

  HarkPublisher publisher_;
  std::vector<std::unique_ptr<HarkSubscriber>> subscribers_;
};

}  // namespace

std::unique_ptr<Driver> make_hark_driver(Loop& loop, Score& score, const Shape& shape) {
  return std::make_unique<HarkDriver>(loop, score, shape);
}

}  // namespace hark::bench
