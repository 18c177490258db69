#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hark::sim {

/// How a call ended: its status, and the slot that the trailers name.
struct CallEnd {
  int status = 0;  ///< gRPC's, or one of `Ending`
  std::uint64_t page = 0, number = 0;
};

/// A caller's side of one call.
class Caller {
 public:
  virtual ~Caller() = default;
  /// The whole request has been handed to the network: the order that pipelined calls have.
  virtual void on_written() {}
  virtual void on_message(std::string_view message) = 0;
  /// The last word; the call is gone.
  virtual void on_end(const CallEnd& end) = 0;
};

/// One gRPC connection's client without a socket, on libnghttp2's client side: it shares no code with the
/// server, so what it reads is what any client would read.
class GrpcClient {
 public:
  using CallId = std::int32_t;

  /// `stream_window`: bytes that the server may send ahead on one stream.
  explicit GrpcClient(std::uint32_t stream_window);
  ~GrpcClient();
  GrpcClient(const GrpcClient&) = delete;

  /// Begins a call with its one request message. `caller` must live until on_end.
  CallId call(const std::string& path, const std::string& message, Caller& caller);
  void cancel(CallId call);
  /// While held, what the server sends on this call is not acknowledged: its window runs out.
  void hold(CallId call);
  void release(CallId call);
  /// Whether the call's bytes so far end inside a message.
  bool inside_message(CallId call) const;

  /// False: the server broke the protocol; `why()` says how.
  bool receive(std::string_view bytes);
  std::string produce();
  /// Every call ends with `status`: the connection is gone.
  void abandon(int status);
  /// The server may send much more ahead on every stream.
  void widen();
  bool usable() const { return !goaway_; }
  std::size_t open_calls() const { return calls_.size(); }
  const std::string& why() const { return why_; }

 private:
  struct Call {
    Caller* caller = nullptr;
    std::string request, buffer;
    std::string status, page, number;
    std::size_t held_bytes = 0;
    bool held = false;
  };

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                       const std::uint8_t*, std::size_t, std::uint8_t, void*);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t*, std::size_t, void*);
  static int on_frame(nghttp2_session*, const nghttp2_frame*, void*);
  static int on_sent(nghttp2_session*, const nghttp2_frame*, void*);
  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t, void*);
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t, std::uint32_t*,
                           nghttp2_data_source*, void*);
  void take_messages(CallId id);

  nghttp2_session* session_ = nullptr;
  std::map<CallId, Call> calls_;
  bool goaway_ = false;
  std::string why_;
};

}  // namespace hark::sim
