// A peer that sends anything, to an owner that does anything: the session must keep its promises.
//
// The input is what the peer sends, behind a good greeting unless it brings its own. How it is cut,
// when it is read and what the owner does follows from a seed taken from the input.
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "protocol/http2/nghttp2_session.h"

namespace hark::protocol::http2 {
namespace {

constexpr std::string_view greeting("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

class Choices {
 public:
  explicit Choices(ByteSpan input) {
    for (const std::byte byte : input) state_ = (state_ ^ std::to_integer<std::uint64_t>(byte)) * prime;
  }
  std::size_t below(std::size_t end) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % end;
  }

 private:
  static constexpr std::uint64_t prime = 1099511628211u;
  std::uint64_t state_ = 14695981039346656037u;
};

class Source final : public BodySource {
 public:
  explicit Source(Choices& choices) : choices_(choices) {}
  Pulled pull(std::size_t bytes_max, Slices& out) override {
    HARK_CHECK(open && bytes_max >= 1);
    static const std::string bytes(20'000, 's');
    const std::size_t choice = choices_.below(8);
    if (choice < 6) {
      const auto piece = std::string_view(bytes).substr(0, 1 + choices_.below(bytes_max));
      choice % 2 == 0 ? out.add_lasting(as_byte_span(piece)) : out.add_fleeting(as_byte_span(piece));
    }
    if (choice == 5 || choice == 6) open = false;
    return choice < 3 ? Pulled::more : open ? Pulled::wait : Pulled::end;
  }
  void trailers(std::vector<Header>& out) override {
    HARK_CHECK(!open);
    if (choices_.below(2) == 0) out.push_back({"grpc-status", "0"});
  }
  bool open = true;

 private:
  Choices& choices_;
};

class Owner final : public ServerEvents {
 public:
  explicit Owner(Choices& choices) : choices_(choices) {}

  void on_request(StreamId stream, const RequestHead& head, bool end) override {
    HARK_CHECK(open_.insert(stream).second && !dead_.contains(stream));
    HARK_CHECK(!head.method().empty());
    for (const char bad : {'\r', '\n', '\0'}) {
      HARK_CHECK(head.path().find(bad) == std::string_view::npos);
      HARK_CHECK(head.get("a").find(bad) == std::string_view::npos);
    }
    if (end) ended_.insert(stream);
    act(stream);
  }
  void on_body(StreamId stream, ByteSpan bytes) override {
    HARK_CHECK(open_.contains(stream) && !ended_.contains(stream) && !bytes.empty());
    if (choices_.below(2) == 0) session->consume(stream, bytes.size());
    act(stream);
  }
  void on_request_end(StreamId stream) override {
    HARK_CHECK(open_.contains(stream) && ended_.insert(stream).second);
    act(stream);
  }
  void on_stream_closed(StreamId stream) override {
    HARK_CHECK(open_.erase(stream) == 1);
    dead_.insert(stream);
    if (const auto found = sources_.find(stream); found != sources_.end()) found->second.open = false;
    act(stream);  // calls for a dead stream do nothing
  }

  void act_on_any() {
    if (!open_.empty()) act(*std::next(open_.begin(), static_cast<long>(choices_.below(open_.size()))));
  }

  ServerSession* session = nullptr;

 private:
  void act(StreamId stream) {
    static const std::string body(100'000, 'b');
    const Header head[] = {{":status", "200"}, {"content-type", "application/grpc"}};
    const Header trailers[] = {{"grpc-status", "0"}};
    switch (choices_.below(10)) {
      case 0: return session->respond(stream, head, {}, {});
      case 1: return session->respond(stream, head, as_byte_span("hello"), trailers);
      case 2:
        return session->respond(stream, head, as_byte_span(body).first(choices_.below(body.size())), {});
      case 3:
      case 4: {
        const auto [source, made] = sources_.try_emplace(stream, choices_);
        if (made && !session->respond_streaming(stream, head, source->second)) sources_.erase(source);
        return;
      }
      case 5: return session->reset(stream, 8);
      case 6: return session->consume(stream, choices_.below(100'000));
      case 7: return session->grow_window(stream, choices_.below(5'000'000));
      case 8: return session->resume(stream);
      default: return;
    }
  }

  Choices& choices_;
  std::set<StreamId> open_, ended_, dead_;
  std::map<StreamId, Source> sources_;
};

void run(ByteSpan input) {
  Choices choices(input);
  Owner owner(choices);
  SessionCounters counters;
  const Instant begin{1s};
  Instant now = begin;
  const auto session = ServerSession::create({}, owner, counters, now);
  owner.session = session.get();
  Gather gather(1 + choices.below(40'000));
  const std::string bytes = as_text(input).starts_with("PRI") ? std::string(as_text(input))
                                                              : std::string(greeting).append(as_text(input));
  const std::size_t largest_cut = choices.below(4) == 0 ? 3 : 4000;
  bool failed = false;
  for (std::size_t at = 0; at < bytes.size() && !session->done();) {
    const auto piece =
        as_byte_span(bytes).subspan(at).first(std::min(bytes.size() - at, 1 + choices.below(largest_cut)));
    at += piece.size();
    const bool received = session->receive(piece, now).has_value();
    HARK_CHECK(received || counters.closed_for_flood + counters.closed_for_protocol == 1);
    HARK_CHECK(!failed || !received);
    failed = !received;
    owner.act_on_any();
    if (choices.below(3) > 0) {
      gather.clear();
      const bool more = session->produce(gather, now);
      HARK_CHECK(!more || gather.room() == 0);
    } else if (choices.below(2) == 0) {
      session->partly_written(now);
    }
    if (choices.below(20) == 0) session->announce_shutdown();
    if (choices.below(40) == 0) session->shutdown();
    now += std::chrono::milliseconds(choices.below(1000));
    if (session->deadline() && *session->deadline() <= now && !session->tick(now)) {
      HARK_CHECK(now >= begin + 5s);  // nothing is due sooner, whatever happened
      break;
    }
    // What a tick has looked at is not due at once again: else the timer would spin.
    HARK_CHECK(!session->deadline() || *session->deadline() > now || failed);
  }
  for (int i = 0; i < 20 && session->wants_to_send(); ++i) {
    gather.clear();
    session->produce(gather, now);
  }
  HARK_CHECK(counters.closed_for_flood + counters.closed_for_protocol + counters.closed_for_stall <= 1);
}

}  // namespace
}  // namespace hark::protocol::http2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hark::protocol::http2::run(std::as_bytes(std::span(data, size)));
  return 0;
}
