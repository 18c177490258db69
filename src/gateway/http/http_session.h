#pragma once

#include <optional>
#include <span>
#include <string>

#include "gateway/http/publish_request.h"
#include "gateway/session_services.h"
#include "protocol/http1/request_decoder.h"
#include "protocol/http1/response_encoder.h"

namespace hark::gateway::http {

/// A client that speaks HTTP/1.1: publishing by POST, health and metrics by GET and HEAD. Requests may be
/// pipelined, and are served one after the other.
///
/// Limits: a head within `header_within` and the decoder's sizes, a body only to publish; while more than
/// `answer_bytes_max` of answers wait, or a publish waits for its owner, nothing more is decoded or read.
/// Core: one. Owner: its Connection.
class HttpSession final : public Session {
 public:
  HttpSession(SessionServices& services, SessionHost& host, Instant now);

  bool receive(ByteSpan bytes, Instant now) override;
  bool produce(Gather& out, Instant now) override;
  void partly_written(Instant now) override { moved_at_ = now; }
  bool wants_to_send() const override { return !answers_.empty() || publish_answered(); }
  bool is_subscribed() const override { return false; }
  bool done() const override { return over_ && answers_.empty(); }
  std::optional<Instant> deadline() const override;
  bool tick(Instant now) override;
  void drain(Instant now) override;
  void on_published(std::uint64_t ticket, const Result<Position>& result) override;
  void on_controlled(std::uint64_t, const std::optional<Error>&) override {}
  void on_credit(Instant now) override;

 private:
  static constexpr std::size_t answer_bytes_max = 256 << 10;

  bool decode(Instant now);
  void begin(Instant now);
  std::size_t end(Instant now);
  std::size_t answer_page();
  bool advance_publish(Instant now);
  void answer_publish(Position slot);
  bool publish_answered() const { return publish_ && publish_->stage() == PublishRequest::Stage::answered; }
  void answer_problem(const Error& error, bool close);
  void append(int status, std::span<const protocol::http1::ResponseHeader> headers, std::string_view body,
              bool close);
  void refuse(int status, std::string_view reason);

  SessionServices& services_;
  SessionHost& host_;
  protocol::http1::RequestDecoder decoder_;
  std::optional<PublishRequest> publish_;  // under way
  std::uint64_t ticket_ = 0;               // of the last publish that was sent
  std::string answers_;                    // not yet given
  bool over_ = false;                      // nothing more is decoded
  Instant request_since_;  // when the request that is arriving began, or the connection fell idle
  Instant moved_at_;       // when the peer last took something
};

}  // namespace hark::gateway::http
