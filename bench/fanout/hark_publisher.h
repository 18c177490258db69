#pragma once

#include <string>

#include "bench/fanout/driver.h"
#include "bench/fanout/http2_connection.h"

namespace hark::bench {

/// Publishes to hark: unary gRPC calls on one connection.
class HarkPublisher final : public Http2Connection {
 public:
  /// What the messages are: bytes, or a text that JSON need not escape.
  enum class Kind : std::uint8_t { binary, text };
  HarkPublisher(Loop& loop, Score& score, const Shape& shape, Kind kind);

  /// Turns the loop until the server has told how many calls it takes at once; dies if they are too few.
  void await_settings(Loop& loop) const;
  void publish(std::size_t count);

 private:
  void send_waiting();
  void on_stream_data(std::uint32_t /*stream*/, Bytes /*part*/) override {}
  void on_stream_end(std::uint32_t stream, const Status& status) override;
  void on_window() override;

  Score& score_;
  Kind kind_;
  std::size_t outstanding_max_;
  std::string topic_;
  std::string payload_;
  std::string value_;
  std::string request_;
  std::size_t waiting_ = 0;  ///< publishes for which the server's window had no room yet
};

/// As HarkPublisher::await_settings, without the number of calls.
void await_settings_of(Loop& loop, const Http2Connection& connection);

inline constexpr const char* hark_namespace = "default";

}  // namespace hark::bench
