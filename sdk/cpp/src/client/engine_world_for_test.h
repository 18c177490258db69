#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "client/engine.h"
#include "protocol/grpc/pubsub_codec.h"
#include "protocol/http2/testing/server.h"

namespace hark::client::test {

using protocol::http2::testing::Server;

inline std::string item_frame(Slot slot, std::string_view text) {
  const auto message = Message::create({SequencePage(slot.page), SequenceNumber(slot.number)},
                                       {PayloadKind::text, SharedBytes::copy_of(text), {}}, {});
  std::string frame(protocol::grpc::item_frame_size(*message), '\0');
  protocol::grpc::encode_item_frame(*message, reinterpret_cast<std::byte*>(frame.data()));
  return frame;
}
inline std::string discontinuity_frame(std::uint64_t page, std::uint64_t missed_to) {
  ByteSink out;
  protocol::grpc::encode_discontinuity_frame(
      {DiscontinuityReason::expired, {}, SequencePage(page), SequenceNumber(missed_to)}, out);
  return out.take();
}
inline std::string heartbeat() { return std::string(as_text(protocol::grpc::heartbeat_frame())); }

inline std::string words_of(const Error& error) {
  return std::string(to_string(error.code)) + (error.outcome == Outcome::unknown ? " unknown" : " no");
}

/// An engine, a server of HTTP/2 that the test speaks for, and the bytes between them cut into pieces.
class EngineWorld {
 public:
  explicit EngineWorld(std::size_t cut = 1 << 20) : cut_(cut) { new_server(); }

  Instant now{1000s};
  Engine engine{{.authority = "bus:80",
                 .connect_within = 5s,
                 .silence_max = 20s,
                 .back_off_first = 100ms,
                 .back_off_max = 3s,
                 .seed = 1}};
  std::unique_ptr<Server> server;
  /// What requests came: path, `hark-start` and the body's position, by stream.
  struct Request {
    std::string path, start;
    StreamId stream;
  };
  std::vector<Request> requests;

  /// As the client's thread does it: connects when that is wanted, moves bytes until both rest.
  void settle() {
    for (int rounds = 0; rounds < 100'000; ++rounds) {
      if (auto why = engine.tick(now)) lose(*why);
      if (!connected_ && engine.wants_connection(now)) connect();
      if (!connected_) return;
      std::string there;
      engine.produce(there, 1 << 16, now);
      for (std::size_t at = 0; at < there.size(); at += cut_)
        if (!server->receive(std::string_view(there).substr(at, cut_))) return lose("the server gave up");
      const std::string back = server->produce();
      for (std::size_t at = 0; at < back.size(); at += cut_)
        if (!engine.receive(as_byte_span(std::string_view(back).substr(at, cut_)), now))
          return lose("no HTTP/2");
      if (there.empty() && back.empty()) return;
    }
    ADD_FAILURE() << "the two do not come to rest";
  }
  /// Time passes up to each deadline on the way.
  void pass(Duration time) {
    const Instant end = now + time;
    settle();
    while (engine.deadline() && *engine.deadline() <= end) {
      now = std::max(now + 1ns, *engine.deadline());
      settle();
    }
    now = std::max(now, end);
    settle();
  }
  void lose(const std::string& why) {
    lost_for = why;
    connected_ = false;
    engine.on_lost(why, now);
    new_server();
  }

  /// A call whose outcome ends up in `outcomes[name]`.
  void call(const std::string& name, std::string frame = std::string(5, '\0'), Duration deadline = 5s,
            bool retry = false) {
    engine.call({"/x/Y", std::move(frame), now + deadline, retry, [this, name](Result<Answer> result) {
                   outcomes[name] +=
                       result ? "ok " + std::string(result->trailers.get("n")) : words_of(result.error());
                 }});
  }
  std::shared_ptr<Inbox> subscribe(SubscriptionId id, SubscribeOptions options = {}) {
    auto inbox = std::make_shared<Inbox>(options, Callbacks{}, [] {});
    Callbacks callbacks;
    std::string& log = logs[id];
    callbacks.on_item = [&log](const Item& item) {
      log += item.payload + std::to_string(item.slot.number) + " ";
    };
    callbacks.on_discontinuity = [&log](const Discontinuity& told) {
      log += "(" + std::string(to_string(told.reason)) + " " + std::to_string(told.missed_from) + "-" +
             std::to_string(told.missed_to) + ") ";
    };
    callbacks.on_ready = [&log] { log += "ready "; };
    callbacks.on_interruption = [&log](const Error& why) {
      log += "~" + std::string(to_string(why.code)) + " ";
    };
    callbacks.on_end = [&log](const Error& why) { log += "end:" + std::string(to_string(why.code)) + " "; };
    inbox = std::make_shared<Inbox>(options, callbacks, [] {});
    engine.subscribe(id, {"default", "news", options.start}, inbox, now);
    return inbox;
  }
  /// The server answers stream `id` as a good call.
  void answer(StreamId id, const std::string& number) {
    const protocol::http2::Header trailers[] = {{"grpc-status", "0"}, {"n", number}};
    server->answer(id, std::string(5, '\0'), trailers);
  }
  void refuse(StreamId id, const std::string& status) {
    const protocol::http2::Header head[] = {{":status", "200"},
                                            {"grpc-status", status},
                                            {"grpc-message", "x"}};
    server->session->respond(id, head, {}, {});
  }
  /// The server begins to stream, or sends more.
  void send(StreamId id, const std::string& bytes) {
    if (!server->sources.contains(id)) server->stream(id);
    server->sources[id].waiting += bytes;
    server->session->resume(id);
  }
  /// What that stream asked for: "page:number", or `hark-start`.
  std::string asked(StreamId id) const {
    for (const Request& request : requests)
      if (request.stream == id && !request.start.empty()) return request.start;
    const auto body = server->bodies.at(id);
    const auto request = protocol::grpc::decode_subscription_request(as_byte_span(body).subspan(5));
    return std::to_string(request->resume_page) + ":" + std::to_string(request->resume_number);
  }
  StreamId last_stream() const { return requests.back().stream; }

  std::map<std::string, std::string> outcomes;
  std::map<SubscriptionId, std::string> logs;
  std::string lost_for;
  bool reachable = true;
  std::size_t connections = 0;

 private:
  void connect() {
    engine.on_connecting();
    ++connections;
    if (!reachable) return engine.on_lost("refused", now);
    connected_ = true;
    engine.on_connected(now);
  }
  void new_server() {
    server = std::make_unique<Server>();
    requests.clear();
    server->request_hook = [this](StreamId id, const protocol::http2::RequestHead& head) {
      requests.push_back({std::string(head.path()), std::string(head.get("hark-start")), id});
    };
  }
  std::size_t cut_;
  bool connected_ = false;
};

}  // namespace hark::client::test
