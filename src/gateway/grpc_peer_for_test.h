#pragma once

#include <charconv>

#include "gateway/gateway_world_for_test.h"
#include "protocol/http2/testing/client.h"

namespace hark::gateway::test {

using protocol::http2::testing::Fields;

inline std::string field_bytes(int number, std::string_view value) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  std::size_t left = value.size();
  for (; left >= 128; left >>= 7) out.push_back(static_cast<char>(left % 128 + 128));
  out.push_back(static_cast<char>(left));
  return out.append(value);
}
inline std::string grpc_frame(std::string_view message) {
  std::string out(1, '\0');
  return out.append(protocol::http2::testing::big_endian(static_cast<std::uint32_t>(message.size()), 4))
      .append(message);
}
inline std::string publish_request(std::string_view text, std::string_view topic = "news",
                                   std::string_view space = "default") {
  return grpc_frame(field_bytes(1, space) + field_bytes(2, topic) + field_bytes(3, field_bytes(1, text)));
}
inline std::string subscribe_request(std::string_view topic = "news", std::string_view space = "default") {
  return grpc_frame(field_bytes(1, space) + field_bytes(2, topic));
}
inline std::string name_request(std::string_view name) { return grpc_frame(field_bytes(1, name)); }

inline Fields grpc_fields(std::string path, Fields more = {}) {
  more.insert(more.begin(), {{"content-type", "application/grpc"}, {"te", "trailers"}});
  return protocol::http2::testing::request_fields(std::move(path), std::move(more));
}

inline constexpr const char* publish_path = "/cache_client.pubsub.Pubsub/Publish";
inline constexpr const char* subscribe_path = "/cache_client.pubsub.Pubsub/Subscribe";

/// An honest gRPC client on a connection of a GatewayWorld.
class GrpcPeer {
 public:
  using Client = protocol::http2::testing::Client;
  using StreamId = std::int32_t;

  explicit GrpcPeer(GatewayWorld& world, Client::Options options = {})
      : world_(world), client_(options), peer_(world) {}

  Client& client() { return client_; }
  Peer& peer() { return peer_; }

  StreamId call(std::string path, std::string body) {
    return client_.request(grpc_fields(std::move(path)), std::move(body));
  }
  StreamId publish(std::string_view text, std::string_view topic = "news") {
    return call(publish_path, publish_request(text, topic));
  }
  StreamId subscribe(std::string_view topic = "news") {
    return call(subscribe_path, subscribe_request(topic));
  }

  /// Carries all bytes both ways until both sides rest.
  void pump() {
    for (int rounds = 0;; ++rounds) {
      ASSERT_LT(rounds, 10'000);
      const std::string out = client_.produce();
      peer_.send(out);
      world_.settle();
      const std::string in = peer_.take();
      client_.receive(in);
      if (out.empty() && in.empty() && !world_.has_work()) return;
    }
  }
  /// pump(), while time passes.
  void pass(Duration duration, Duration step = 10ms) {
    for (Duration left = duration; left > Duration{0}; left -= step) {
      world_.pass(std::min(step, left));
      pump();
    }
  }

  std::string trailer(StreamId id, std::string_view name) const {
    for (const Fields* fields : {&client_.answer(id).trailers, &client_.answer(id).head})
      for (const auto& [key, value] : *fields)
        if (key == name) return value;
    return {};
  }
  /// The status as a number; -1 when there is none.
  int status(StreamId id) const {
    const std::string text = trailer(id, "grpc-status");
    return text.empty() ? -1 : std::stoi(text);
  }
  bool answered(StreamId id) const { return client_.answer(id).closed; }

  struct Item {
    char kind = 0;  ///< i, d or h: item, discontinuity, heartbeat
    std::string bytes;
  };
  /// The whole items of a Subscribe stream so far.
  std::vector<Item> items(StreamId id) const {
    std::vector<Item> out;
    std::string_view body = client_.answer(id).body;
    while (body.size() >= 5) {
      const std::size_t size = protocol::http2::testing::number_at(body, 1, 4);
      if (body.size() < 5 + size) break;
      const std::string_view message = body.substr(5, size);
      const char* const kinds = "?idh";
      out.push_back({kinds[(message.front() >> 3) & 3], std::string(message)});
      body.remove_prefix(5 + size);
    }
    return out;
  }
  std::size_t count(StreamId id, char kind) const {
    std::size_t count = 0;
    for (const Item& item : items(id)) count += item.kind == kind;
    return count;
  }

 private:
  GatewayWorld& world_;
  Client client_;
  Peer peer_;
};

}  // namespace hark::gateway::test
