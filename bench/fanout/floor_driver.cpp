#include <vector>

#include "bench/fanout/driver.h"
#include "bench/fanout/frame_reader.h"
#include "bench/fanout/item_stream.h"

namespace hark::bench {
namespace {

class FloorSubscriber final : public Connection {
 public:
  FloorSubscriber(Loop& loop, Score& score, const Shape& shape, std::size_t streams)
      : Connection(loop, shape.port, true), score_(score) {
    for (std::size_t i = 0; i < streams; ++i) streams_.emplace_back(shape.payload_size);
    outgoing() += 'S';
    append_u32(outgoing(), static_cast<std::uint32_t>(streams));
    flush();
  }

  void on_bytes(Bytes bytes) override { reader_.feed(bytes, *this); }

  void on_data(std::uint32_t stream, Bytes part) { streams_.at(stream / 2).feed(part, score_); }
  void on_data_end(const FrameHead& /*head*/) {}
  void on_frame(const FrameHead& /*head*/, Bytes /*payload*/) { die("floor: not a DATA frame"); }

 private:
  Score& score_;
  FrameReader reader_;
  std::vector<ItemStream> streams_;
};

class FloorPublisher final : public Connection {
 public:
  FloorPublisher(Loop& loop, Score& score, const Shape& shape)
      : Connection(loop, shape.port, false), score_(score), payload_(shape.payload_size, 'x') {
    outgoing() += 'P';
  }

  // One byte answers one message.
  void on_bytes(Bytes bytes) override { score_.answered += bytes.size(); }

  void publish(std::size_t count) {
    const auto now = now_nanoseconds();
    for (std::size_t i = 0; i < count; ++i) {
      write_stamp(reinterpret_cast<std::uint8_t*>(payload_.data()), {score_.published++, now});
      append_u32(outgoing(), static_cast<std::uint32_t>(payload_.size()));
      outgoing() += payload_;
    }
    flush();
  }

 private:
  Score& score_;
  std::string payload_;
};

class FloorDriver final : public Driver {
 public:
  FloorDriver(Loop& loop, Score& score, const Shape& shape) : publisher_(loop, score, shape) {
    const auto streams = shape.subscribers / shape.connections;
    for (std::size_t i = 0; i < shape.connections; ++i) {
      subscribers_.push_back(std::make_unique<FloorSubscriber>(loop, score, shape, streams));
    }
  }

  void publish(std::size_t count) override { publisher_.publish(count); }

 private:
  FloorPublisher publisher_;
  std::vector<std::unique_ptr<FloorSubscriber>> subscribers_;
};

}  // namespace

std::unique_ptr<Driver> make_floor_driver(Loop& loop, Score& score, const Shape& shape) {
  return std::make_unique<FloorDriver>(loop, score, shape);
}

}  // namespace hark::bench
