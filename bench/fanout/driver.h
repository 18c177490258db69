#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "bench/fanout/loop.h"
#include "bench/fanout/score.h"

namespace hark::bench {

/// What a driver connects: `subscribers` spread evenly over `connections`, and one publisher.
struct Shape {
  std::uint16_t port = 0;
  std::size_t connections = 1000;
  std::size_t subscribers = 1000;
  std::size_t payload_size = 128;  ///< at least stamp_size
  std::size_t outstanding_max = 1;
  std::string topic = "bench";
};

/// The load in one system's own protocol. Connects and subscribes when made; `score.ready` tells
/// how many subscriptions the server has confirmed.
class Driver {
 public:
  virtual ~Driver() = default;

  /// Sends `count` more messages in one write. Each counts in `score.published` when it is sent and
  /// in `score.answered` when the server has answered it.
  virtual void publish(std::size_t count) = 0;
};

/// Subscribe and Publish of cache_client.pubsub.Pubsub: gRPC over HTTP/2 as the SDKs speak it, the
/// publishes as unary calls on one connection.
std::unique_ptr<Driver> make_hark_driver(Loop& loop, Score& score, const Shape& shape);

/// Server-sent events over HTTP/1.1, one stream a connection; published as by the hark driver, as texts.
std::unique_ptr<Driver> make_events_driver(Loop& loop, Score& score, const Shape& shape);

/// SUBSCRIBE and PUBLISH of RESP2; one subscription a connection.
std::unique_ptr<Driver> make_redis_driver(Loop& loop, Score& score, const Shape& shape);

/// The bare server of floor_server.cpp, which sends the same bytes as hark.
std::unique_ptr<Driver> make_floor_driver(Loop& loop, Score& score, const Shape& shape);

}  // namespace hark::bench
