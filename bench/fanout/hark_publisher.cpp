#include "bench/fanout/hark_publisher.h"

#include <fmt/core.h>

#include "bench/fanout/event_stream.h"

namespace hark::bench {

void await_settings_of(Loop& loop, const Http2Connection& connection) {
  const auto deadline = now_nanoseconds() + 10'000'000'000U;
  while (!connection.has_settings()) {
    if (now_nanoseconds() > deadline) die("hark: no SETTINGS within 10 s");
    loop.turn(100);
  }
}

HarkPublisher::HarkPublisher(Loop& loop, Score& score, const Shape& shape, Kind kind)
    : Http2Connection(loop, shape.port, false),
      score_(score),
      kind_(kind),
      outstanding_max_(shape.outstanding_max),
      topic_(shape.topic),
      payload_(shape.payload_size, 'x') {
  flush();
}

void HarkPublisher::await_settings(Loop& loop) const {
  await_settings_of(loop, *this);
  if (max_concurrent_streams() < outstanding_max_) {
    die(fmt::format("hark allows {} streams at once, fewer than the publishes outstanding",
                    max_concurrent_streams()));
  }
}

void HarkPublisher::publish(std::size_t count) {
  waiting_ = count;  // The load counts what was sent, so what still waited is in `count` again.
  send_waiting();
}

void HarkPublisher::send_waiting() {
  const auto now = now_nanoseconds();
  for (; waiting_ > 0; --waiting_) {
    if (kind_ == Kind::binary)
      write_stamp(reinterpret_cast<std::uint8_t*>(payload_.data()), {score_.published, now});
    else
      write_text_stamp(payload_.data(), {score_.published, now});
    value_.clear();
    append_field(value_, kind_ == Kind::binary ? 2 : 1, payload_);
    request_.clear();
    append_field(request_, 1, hark_namespace);
    append_field(request_, 2, topic_);
    append_field(request_, 3, value_);
    if (!may_send(request_.size() + 5)) break;
    append_call("/cache_client.pubsub.Pubsub/Publish", request_);
    ++score_.published;
  }
  flush();
}

void HarkPublisher::on_stream_end(std::uint32_t /*stream*/, const Status& status) {
  if (status.grpc != 0) {
    die(fmt::format("hark: Publish answered HTTP {}, gRPC {} {}", status.http, status.grpc, status.message));
  }
  ++score_.answered;
}

void HarkPublisher::on_window() {
  if (waiting_ > 0) send_waiting();
}

}  // namespace hark::bench
