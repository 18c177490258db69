#include <vector>

#include "bench/fanout/driver.h"
#include "bench/fanout/event_stream.h"
#include "bench/fanout/hark_publisher.h"

namespace hark::bench {
namespace {

class EventsSubscriber final : public Connection {
 public:
  EventsSubscriber(Loop& loop, Score& score, const Shape& shape)
      : Connection(loop, shape.port, true), score_(score), stream_(shape.payload_size) {
    outgoing() += "GET /topics/default/" + shape.topic +
                  " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";
    flush();
  }

  void on_bytes(Bytes bytes) override { stream_.feed(bytes, score_); }

 private:
  Score& score_;
  EventStream stream_;
};

class EventsDriver final : public Driver {
 public:
  EventsDriver(Loop& loop, Score& score, const Shape& shape)
      : publisher_(loop, score, shape, HarkPublisher::Kind::text) {
    if (shape.subscribers != shape.connections) die("over HTTP/1.1 a connection has one stream of events");
    if (shape.payload_size < text_stamp_size) die("events: the payload has no room for its stamp");
    for (std::size_t i = 0; i < shape.connections; ++i)
      subscribers_.push_back(std::make_unique<EventsSubscriber>(loop, score, shape));
    publisher_.await_settings(loop);
  }

  void publish(std::size_t count) override { publisher_.publish(count); }

 private:
  HarkPublisher publisher_;
  std::vector<std::unique_ptr<EventsSubscriber>> subscribers_;
};

}  // namespace

std::unique_ptr<Driver> make_events_driver(Loop& loop, Score& score, const Shape& shape) {
  return std::make_unique<EventsDriver>(loop, score, shape);
}

}  // namespace hark::bench
