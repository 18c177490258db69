// What HTTP/2 costs a subscriber and turn, without sockets: a woken stream gives one slice, the
// session puts its frame head before it. Sessions are visited in turn, so their state is as cold as
// in a server with that many connections.
#include <benchmark/benchmark.h>
#include <nghttp2/nghttp2.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "bench/fanout/wire.h"
#include "protocol/http2/nghttp2_session.h"

namespace hark::protocol::http2 {
namespace {

using bench::append_frame;
using bench::append_u32;
namespace frame = bench::frame;

// A client's first flight: windows as large as they can be, then one request.
std::string first_flight() {
  std::string settings("\0\4", 2);  // INITIAL_WINDOW_SIZE
  append_u32(settings, 0x7fffffff);
  std::string window;
  append_u32(window, 0x7fffffff - 65'535);
  std::string block("\x83\x86", 2);  // :method POST, :scheme http (RFC 7541, appendix A)
  const std::array<std::pair<std::string_view, std::string_view>, 4> fields = {
      {{":path", "/p"}, {":authority", "a"}, {"te", "trailers"}, {"content-type", "application/grpc"}}};
  for (const auto& [name, value] : fields) {
    block += '\0';  // literal without indexing, new name
    block += static_cast<char>(name.size());
    block += name;
    block += static_cast<char>(value.size());
    block += value;
  }
  std::string flight = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  append_frame(flight, {.type = frame::settings}, settings);
  append_frame(flight, {.type = frame::window_update}, window);
  append_frame(flight, {.type = frame::headers, .flags = frame::end_headers | frame::end_stream, .stream = 1},
               block);
  return flight;
}

class Reader final : public BodySource {
 public:
  explicit Reader(ByteSpan slice) : slice_(slice) {}
  void wake() { left_ = slice_; }
  Pulled pull(std::size_t bytes_max, Slices& out) override {
    const auto part = left_.first(std::min(bytes_max, left_.size()));
    if (!part.empty()) out.add_lasting(part);
    left_ = left_.subspan(part.size());
    return left_.empty() ? Pulled::wait : Pulled::more;
  }
  void trailers(std::vector<Header>& /*out*/) override {}

 private:
  ByteSpan slice_;
  ByteSpan left_;
};

class Peer final : public ServerEvents {
 public:
  Peer(ByteSpan slice, SessionCounters& counters)
      : reader_(slice), session_(SessionLimits{}, *this, counters, Instant{}) {
    HARK_CHECK(session_.receive(as_byte_span(first_flight()), Instant{}));
  }
  void on_request(StreamId stream, const RequestHead& /*head*/, bool /*end*/) override {
    const std::array head = {Header{":status", "200"}, Header{"content-type", "application/grpc"}};
    HARK_CHECK(session_.respond_streaming(stream, head, reader_));
  }
  void on_body(StreamId /*stream*/, ByteSpan /*bytes*/) override {}
  void on_request_end(StreamId /*stream*/) override {}
  void on_stream_closed(StreamId /*stream*/) override {}

  std::size_t flush(Gather& out) {
    reader_.wake();
    session_.resume(1);
    while (session_.produce(out, Instant{})) {}
    const auto bytes = out.size();
    out.clear();
    return bytes;
  }

  // The peer gives back what it took; once in a while, since the window is 2 GiB.
  void open_window(std::uint32_t size) {
    std::string flight;
    std::string window;
    append_u32(window, size);
    for (const std::uint32_t stream : {0U, 1U}) {
      append_frame(flight, {.type = frame::window_update, .stream = stream}, window);
    }
    HARK_CHECK(session_.receive(as_byte_span(flight), Instant{}));
  }

 private:
  Reader reader_;
  Nghttp2Session session_;
};

void flush(benchmark::State& state) {
  const auto connections = static_cast<std::size_t>(state.range(0));
  const auto messages = static_cast<std::size_t>(state.range(1));
  const std::string slice(messages * 152, 'x');  // 128 bytes of payload, framed
  SessionCounters counters;
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::size_t i = 0; i < connections; ++i) {
    peers.push_back(std::make_unique<Peer>(as_byte_span(slice), counters));
  }
  Gather out(256 << 10);
  for (auto& peer : peers) peer->flush(out);
  std::size_t next = 0;
  std::size_t taken = 0;
  for (auto _ : state) {
    const auto bytes = peers[next]->flush(out);
    HARK_CHECK(bytes > slice.size());
    taken += bytes;
    if (++next < peers.size()) continue;
    next = 0;
    if (taken / peers.size() < (1U << 30)) continue;
    for (auto& peer : peers) peer->open_window(static_cast<std::uint32_t>(taken / peers.size()));
    taken = 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages));
}
BENCHMARK(flush)->ArgNames({"connections", "messages"})->ArgsProduct({{1, 1000}, {1, 16, 64}});

}  // namespace
}  // namespace hark::protocol::http2
