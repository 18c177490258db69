#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "protocol/http2/nghttp2_session.h"
#include "protocol/http2/testing/client.h"

namespace hark::protocol::http2::testing {

/// A body whose bytes the test hands over, or that never ends. For tests only.
class TestSource : public BodySource {
 public:
  std::string waiting;
  bool endless = false, ended = false, dry_early = true;
  std::vector<Header> last{{"grpc-status", "0"}};
  std::size_t pulls = 0, given = 0;

  Pulled pull(std::size_t bytes_max, Slices& out) override {
    ++pulls;
    static const std::string endless_bytes(1 << 17, 'e');
    if (endless) return give(std::string_view(endless_bytes).substr(0, bytes_max), out, Pulled::more);
    const std::size_t size = std::min(bytes_max, waiting.size());
    leaving_ = waiting.substr(0, size);
    waiting.erase(0, size);
    if (!waiting.empty()) return give(leaving_, out, Pulled::more);
    if (ended) return give(leaving_, out, Pulled::end);
    const bool wait = dry_early || leaving_.empty();
    return give(leaving_, out, wait ? Pulled::wait : Pulled::more);
  }
  void trailers(std::vector<Header>& out) override { out = last; }

 private:
  Pulled give(std::string_view bytes, Slices& out, Pulled pulled) {
    given += bytes.size();
    if (!bytes.empty()) out.add_fleeting(as_byte_span(bytes));
    return pulled;
  }
  std::string leaving_;
};

/// A session with an owner that writes down what it is told, and a clock. For tests only.
class Server : public ServerEvents {
 public:
  explicit Server(SessionLimits limits = {}, nghttp2_mem* memory = nullptr)
      : session(std::make_unique<Nghttp2Session>(limits, *this, counters, now, memory)) {}

  Result<void> receive(std::string_view bytes) { return session->receive(as_byte_span(bytes), now); }
  /// The opening of a connection, both ways; all that was produced is dropped.
  Server& greet() {
    HARK_CHECK(receive(hello()).has_value());
    produce();
    HARK_CHECK(receive(settings_ack()).has_value());
    return *this;
  }
  /// All that the session gives, `gather_bytes` at a time.
  std::string produce(std::size_t gather_bytes = 1 << 16) {
    std::string out;
    for (bool more = true; more;) {
      Gather gather(gather_bytes);
      more = session->produce(gather, now);
      gather.copy_from(0, out);
    }
    return out;
  }
  /// Moves time on and ticks, as a loop with a timer does.
  Result<void> pass(Duration time) {
    const Instant end = now + time;
    while (session->deadline() && *session->deadline() <= end) {
      now = std::max(now, *session->deadline());
      if (auto ticked = session->tick(now); !ticked) return ticked;
    }
    now = end;
    return {};
  }
  /// The error code of the GOAWAY in what is produced now, or nothing.
  std::optional<std::uint32_t> goaway() {
    std::optional<std::uint32_t> code;
    for (const RawFrame& frame : frames_in(produce())) {
      if (frame.head.type == FrameType::goaway) code = number_at(frame.payload, 4, 4);
    }
    return code;
  }
  TestSource& stream(StreamId id) {
    auto& source = sources[id];
    const Header head[] = {{":status", "200"}};
    session->respond_streaming(id, head, source);
    return source;
  }
  void answer(StreamId id, std::string_view body = "hello", std::span<const Header> trailers = ok_trailers) {
    const Header head[] = {{":status", "200"}};
    session->respond(id, head, as_byte_span(body), trailers);
  }

  void on_request(StreamId id, const RequestHead& head, bool ends) override {
    ++requests;
    log += "request " + std::to_string(id) + " " + std::string(head.method()) + " " +
           std::string(head.path()) + (ends ? " whole\n" : "\n");
    if (request_hook) request_hook(id, head);
  }
  void on_body(StreamId id, ByteSpan bytes) override {
    bodies[id] += as_text(bytes);
    if (consumes) session->consume(id, bytes.size());
  }
  void on_request_end(StreamId id) override {
    log += "end " + std::to_string(id) + " after " + std::to_string(bodies[id].size()) + "\n";
    if (end_hook) end_hook(id);
  }
  void on_stream_closed(StreamId id) override {
    ++closed;
    log += "closed " + std::to_string(id) + "\n";
    if (closed_hook) closed_hook(id);
  }

  static constexpr Header ok_trailers_list[] = {{"grpc-status", "0"}};
  static constexpr std::span<const Header> ok_trailers{ok_trailers_list};

  Instant now{100s};
  SessionCounters counters;
  std::string log;
  std::size_t requests = 0, closed = 0;
  std::map<StreamId, std::string> bodies;
  std::map<StreamId, TestSource> sources;
  bool consumes = true;
  std::function<void(StreamId, const RequestHead&)> request_hook;
  std::function<void(StreamId)> end_hook, closed_hook;
  std::unique_ptr<Nghttp2Session> session;
};

/// Carries bytes both ways until both sides are quiet. False: the server's session failed.
inline bool converse(Client& client, Server& server, int rounds_max = 10'000) {
  for (int round = 0; round < rounds_max; ++round) {
    const std::string there = client.produce();
    const bool received = there.empty() || server.receive(there).has_value();
    const std::string back = server.produce();
    client.receive(back);
    if (!received) return false;
    if (there.empty() && back.empty()) return true;
  }
  return true;
}

}  // namespace hark::protocol::http2::testing
