#include <fmt/core.h>

#include <vector>

#include "bench/fanout/driver.h"
#include "bench/fanout/hark_publisher.h"
#include "bench/fanout/item_stream.h"

namespace hark::bench {
namespace {

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
    append_field(request, 1, hark_namespace);
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

class HarkDriver final : public Driver {
 public:
  HarkDriver(Loop& loop, Score& score, const Shape& shape)
      : publisher_(loop, score, shape, HarkPublisher::Kind::binary) {
    const auto streams = shape.subscribers / shape.connections;
    for (std::size_t i = 0; i < shape.connections; ++i) {
      subscribers_.push_back(std::make_unique<HarkSubscriber>(loop, score, shape, streams));
    }
    publisher_.await_settings(loop);
    for (auto& subscriber : subscribers_) {
      await_settings_of(loop, *subscriber);
      subscriber->subscribe(shape.topic);
    }
  }

  void publish(std::size_t count) override { publisher_.publish(count); }

 private:
  HarkPublisher publisher_;
  std::vector<std::unique_ptr<HarkSubscriber>> subscribers_;
};

}  // namespace

std::unique_ptr<Driver> make_hark_driver(Loop& loop, Score& score, const Shape& shape) {
  return std::make_unique<HarkDriver>(loop, score, shape);
}

}  // namespace hark::bench
