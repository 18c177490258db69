#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/fanout/frame_reader.h"
#include "bench/fanout/loop.h"

namespace hark::bench {

/// The client's side of one HTTP/2 connection with prior knowledge (RFC 9113), as small as a load
/// generator can have it: large windows, gRPC calls, pings answered. Dies at any error.
class Http2Connection : public Connection {
 public:
  /// The window of the connection and of each stream; the SDKs' transports grow theirs by probing.
  static constexpr std::uint32_t window_size = 16U * 1024 * 1024;

  Http2Connection(Loop& loop, std::uint16_t port, bool counts_reads);
  ~Http2Connection() override;

  bool has_settings() const { return has_settings_; }
  std::uint32_t max_concurrent_streams() const { return max_concurrent_streams_; }

  void on_bytes(Bytes bytes) final;

  // For FrameReader.
  void on_data(std::uint32_t stream, Bytes part) { on_stream_data(stream, part); }
  void on_data_end(const FrameHead& head);
  void on_frame(const FrameHead& head, Bytes payload);

 protected:
  struct Status {
    int http = -1;  ///< -1: absent
    int grpc = -1;  ///< -1: absent
    std::string message;
  };

  virtual void on_stream_data(std::uint32_t stream, Bytes part) = 0;
  virtual void on_stream_end(std::uint32_t stream, const Status& status) = 0;
  virtual void on_window() {}  ///< the server has widened the connection's window

  /// Queues a call with one message on the next stream; its answer comes with that stream's number.
  void append_call(std::string_view path, std::string_view message);
  /// Whether the server's connection window takes `size` bytes of DATA.
  bool may_send(std::size_t size) const { return send_window_ >= static_cast<std::int64_t>(size); }
  /// Queues a WINDOW_UPDATE unless `size` is 0.
  void give_back(std::uint32_t stream, std::uint32_t size);

 private:
  void on_settings(const FrameHead& head, Bytes payload);
  void on_headers(const FrameHead& head, Bytes payload);
  Status decode_headers(Bytes block);

  FrameReader reader_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::uint32_t next_stream_ = 1;
  std::uint32_t max_concurrent_streams_ = 0xffffffffU;
  std::int64_t send_window_ = 65'535;  // RFC 9113, 6.9.2
  std::size_t consumed_ = 0;
  bool has_settings_ = false;
  std::string authority_;
  std::string block_;
};

}  // namespace hark::bench
