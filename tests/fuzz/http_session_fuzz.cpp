// A client that sends anything over HTTP/1.1, in any pieces, and takes its answers as it likes, to a core
// whose owner sleeps, whose memory is full, that drains, or whose namespace is deleted.
//
// The first byte of the input chooses the core's limits and what may happen to it, the second how the bytes
// are cut; the rest is what the client sends. What happens when follows from a seed taken from the input.
#include <simdjson.h>

#include <cstdint>

#include "base/check.h"
#include "gateway/gateway_world_for_test.h"
#include "http_answers.h"
#include "protocol/http1/request_decoder.h"

namespace hark::fuzz {
namespace {

using namespace std::chrono_literals;
using gateway::test::GatewayWorld;
using gateway::test::Peer;
using protocol::http1::RequestDecoder;

class Choices {
 public:
  explicit Choices(std::string_view input) {
    for (const char byte : input) state_ = (state_ ^ static_cast<unsigned char>(byte)) * prime;
  }
  std::size_t below(std::size_t end) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % end;
  }

 private:
  static constexpr std::uint64_t prime = 1099511628211u;
  std::uint64_t state_ = 14695981039346656037u;
};

/// What may happen, each a bit of the input's first byte.
struct Plan {
  explicit Plan(unsigned byte)
      : small_limits(byte & 1u),
        one_credit(byte & 2u),
        narrow(byte & 4u),
        sleeps(byte & 8u),
        drains(byte & 16u),
        deletes(byte & 32u),
        others(byte & 64u),
        ends(byte & 128u) {}
  bool small_limits;  // for messages and for the memory of requests
  bool one_credit;    // towards the owner
  bool narrow;        // the client's socket holds little
  bool sleeps;        // the owner does not always answer
  bool drains, deletes;
  bool others;  // somebody else publishes to the same topic
  bool ends;    // the client ends its side when it has sent all

  Limits limits() const {
    Limits limits;
    if (small_limits) limits.message_bytes_max = 64;
    if (small_limits) limits.inbound_bytes_max = 100;
    if (one_credit) limits.publish_credits = 1;
    return limits;
  }
};

/// What the client has asked for, by the decoder alone.
struct Asked {
  std::vector<bool> is_head;  // of each request that has begun
  std::size_t whole = 0;      // requests
  std::size_t publishes = 0;  // that may have been
  bool last = false;          // after one of them the connection may end
  bool broken = false;        // then came what is no request

  Asked(std::string_view bytes, std::size_t body_bytes_max) {
    using Event = RequestDecoder::Event;
    RequestDecoder decoder;
    decoder.feed(as_byte_span(bytes));
    for (Event event = decoder.next(); event != Event::need_more; event = decoder.next()) {
      broken = broken || event == Event::error;
      whole += event == Event::end;
      if (event != Event::head) continue;
      is_head.push_back(decoder.head().method == "HEAD");
      last = last || !decoder.head().keep_alive;
      const bool may_publish =
          decoder.head().method == "POST" && decoder.head().path().starts_with("/topics/");
      publishes += may_publish;
      if (may_publish) decoder.allow_body(body_bytes_max);
    }
  }
};

/// The documents of an answer are what their types say.
void check_json(std::string_view text) {
  static simdjson::dom::parser parser;
  simdjson::dom::element element;
  HARK_CHECK_MSG(parser.parse(text.data(), text.size()).get(element) == simdjson::SUCCESS,
                 "JSON of an answer");
}

/// A stream of events, which may be cut anywhere: fields and comments only, and of `is_json` the data too.
void check_events(std::string_view body, bool is_json) {
  for (std::size_t end = body.find('\n'); end != std::string_view::npos; end = body.find('\n')) {
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end + 1);
    HARK_CHECK(line.find('\r') == std::string_view::npos);
    if (line.empty() || line == ":") continue;
    const std::string_view name = line.substr(0, line.find(": "));
    HARK_CHECK(name == "id" || name == "data" || name == "event" || name == "retry");
    if (is_json && name == "data") check_json(line.substr(6));
  }
}

void check_answer(const HttpAnswer& answer, bool to_head, bool may_be_text) {
  if (answer.content_type == "text/event-stream") return check_events(answer.body, !may_be_text);
  const bool is_json =
      answer.content_type == "application/json" || answer.content_type == "application/problem+json";
  HARK_CHECK(answer.status < 400 || answer.content_type == "application/problem+json" ||
             answer.content_type.starts_with("text/plain"));
  if (is_json && answer.whole && !to_head) check_json(answer.body);
}

class Conversation {
 public:
  Conversation(const Plan& plan, std::size_t cut, std::string_view bytes)
      : plan_(plan),
        cut_(cut),
        bytes_(bytes),
        choices_(bytes),
        world_(plan.limits()),
        peer_(world_),
        other_(world_) {
    if (plan.narrow) peer_.socket().room = 300;
    if (choices_.below(2) == 0) allow_any_origin();
  }

  void run() {
    for (std::string_view left = bytes_; !left.empty();) {
      const std::string_view piece = left.substr(0, cut_);
      left.remove_prefix(piece.size());
      peer_.send(piece);
      act();
    }
    if (plan_.ends) peer_.end();
    rest();
    judge();
    leave();
  }

 private:
  /// Something of what may happen between two pieces.
  void act() {
    switch (choices_.below(10)) {
      case 0: world_.turn(); break;
      case 1: take(1 + choices_.below(400)); break;
      case 2: world_.pass(choices_.below(40) == 0 ? 11s : 10ms); break;
      case 3: world_.owner_sleeps = plan_.sleeps && choices_.below(2) == 0; break;
      case 4:
        if (plan_.others) publish();
        break;
      case 5:
        if (plan_.drains && choices_.below(4) == 0) drain();
        break;
      case 6:
        if (plan_.deletes && choices_.below(4) == 0) world_.delete_namespace("default");
        break;
      default: world_.settle(); take(SIZE_MAX);
    }
    HARK_CHECK(world_.counters.sessions.inbound_bytes.value() <=
               std::max(world_.limits.inbound_bytes_max, world_.limits.message_bytes_max));
  }

  /// Then answers say again what the client has said.
  void allow_any_origin() {
    HttpSettings settings;
    settings.allowed_origins = {"*"};
    world_.gateway.apply(std::make_shared<const HttpSettings>(std::move(settings)));
  }

  /// Somebody else publishes a part of the same bytes.
  void publish() {
    const std::size_t from = choices_.below(bytes_.size());
    const std::string_view body = bytes_.substr(from, choices_.below(80));
    const std::string_view type = choices_.below(2) == 0 ? "application/octet-stream" : "text/html";
    other_.send("POST /topics/default/t HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(type) +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    others_sent_ += 1;
    other_.take();
  }

  void drain() {
    drained_ = true;
    world_.gateway.drain(world_.now);
  }

  void take(std::size_t bytes_max) { answers_ += peer_.take(bytes_max); }

  /// Nobody waits for anything any more, but for what never ends.
  void rest() {
    world_.owner_sleeps = false;
    settle();
    peer_.socket().room = SIZE_MAX;
    // Each time longer than a publish, a body or a long poll may take: one of them is over. So is the drain.
    for (std::size_t passed = 0, before = 0; passed < 2 || answers_.size() > before; ++passed) {
      before = answers_.size();
      world_.pass(62s);
      settle();
      const bool streams =
          !peer_.gone() && peer_.connection().session() && peer_.connection().session()->is_subscribed();
      if (streams && passed > 2) break;
    }
  }

  void settle() {
    do {
      world_.settle();
      take(SIZE_MAX);
    } while (world_.has_work());
  }

  void judge() const {
    const Asked asked(bytes_, world_.limits.message_bytes_max);
    const auto is_head = [&](std::size_t i) { return i < asked.is_head.size() && asked.is_head[i]; };
    const HttpAnswers answers(answers_, peer_.gone(), is_head);
    // One more than requests: the words about what is no request, or did not come in time.
    HARK_CHECK(answers.finals.size() <= asked.is_head.size() + 1);
    HARK_CHECK(answers.interims <= asked.publishes);
    const bool may_be_text =
        bytes_.find("text") != std::string_view::npos || bytes_.find('%') != std::string_view::npos;
    std::size_t slots = 0;
    for (std::size_t i = 0; i < answers.finals.size(); ++i) {
      const HttpAnswer& answer = answers.finals[i];
      HARK_CHECK(i + 1 == answers.finals.size() || (!answer.close && answer.whole));
      check_answer(answer, is_head(i), may_be_text);
      slots += answer.has_slot;
    }
    HARK_CHECK(slots <= asked.publishes);
    const std::size_t accepted = world_.owner_counters.publishes_committed.value();
    HARK_CHECK(accepted >= slots && accepted <= asked.publishes + others_sent_);
    judge_end(asked, answers);
  }

  /// Nothing is forgotten: whoever is still connected and asked well has all answers.
  void judge_end(const Asked& asked, const HttpAnswers& answers) const {
    const bool stalled = world_.counters.connections.closed_for_stall.value() > 0;
    const bool streams = !answers.finals.empty() && !answers.finals.back().whole;
    if (peer_.gone()) {
      const bool spoken = !answers.finals.empty() && !stalled && !drained_ && !plan_.ends;
      HARK_CHECK(!spoken || (answers.whole() && answers.finals.back().close));
      return;
    }
    HARK_CHECK(!asked.broken || streams);
    HARK_CHECK(streams || (answers.whole() && answers.finals.size() == asked.whole));
    HARK_CHECK(!streams || answers.finals.back().streamed);
  }

  /// And whoever goes leaves nothing behind.
  void leave() {
    peer_.cut();
    other_.cut();
    world_.settle();
    world_.pass(62s);
    HARK_CHECK(world_.counters.sessions.inbound_bytes.value() == 0);
    HARK_CHECK(world_.counters.views.subscriptions.value() == 0);
    HARK_CHECK(world_.counters.connections.connections.value() == 0);
    HARK_CHECK(world_.counters.pinned.bytes.value() == 0);
  }

  Plan plan_;
  std::size_t cut_;
  std::string_view bytes_;
  Choices choices_;
  GatewayWorld world_;
  Peer peer_, other_;
  std::string answers_;
  std::size_t others_sent_ = 0;
  bool drained_ = false;
};

}  // namespace
}  // namespace hark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  testing::FLAGS_gtest_break_on_failure = true;  // the world's own checks stop the process, too
  const std::string_view bytes = hark::as_text(std::as_bytes(std::span(data + 2, size - 2)));
  if (bytes.starts_with("PRI")) return 0;  // which may be HTTP/2
  hark::fuzz::Conversation(hark::fuzz::Plan(data[0]), 1u + data[1], bytes).run();
  return 0;
}
