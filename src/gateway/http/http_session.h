#pragma once

#include <string>

#include "gateway/session_services.h"
#include "protocol/http1/request_decoder.h"

namespace hark::gateway::http {

/// A client that speaks HTTP/1.1: health and metrics, by GET and HEAD. Requests may be pipelined.
///
/// Limits: a head within `header_within` and the decoder's sizes, no body; while more than
/// `answer_bytes_max` of answers wait, nothing more is decoded or read. Core: one. Owner: its Connection.
class HttpSession final : public Session {
 public:
  HttpSession(SessionServices& services, SessionHost& host, Instant now);

  bool receive(ByteSpan bytes, Instant now) override;
  bool produce(Gather& out, Instant now) override;
  void partly_written(Instant now) override { moved_at_ = now; }
  bool wants_to_send() const override { return !answers_.empty(); }
  bool is_subscribed() const override { return false; }
  bool done() const override { return over_ && answers_.empty(); }
  std::optional<Instant> deadline() const override;
  bool tick(Instant now) override;
  void drain(Instant now) override;
  void on_published(std::uint64_t, const Result<Position>&) override {}
  void on_controlled(std::uint64_t, const std::optional<Error>&) override {}
  void on_credit(Instant now) override;

 private:
  static constexpr std::size_t answer_bytes_max = 256 << 10;

  bool decode(Instant now);
  std::size_t answer(const protocol::http1::RequestHead& head);
  void refuse(const protocol::http1::RequestError& error);

  SessionServices& services_;
  SessionHost& host_;
  protocol::http1::RequestDecoder decoder_;
  std::string answers_;    // not yet given
  bool over_ = false;      // nothing more is decoded
  Instant request_since_;  // when the request that is arriving began, or the connection fell idle
  Instant moved_at_;       // when the peer last took something
};

}  // namespace hark::gateway::http
