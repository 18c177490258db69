#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "gateway/http/body_writer.h"
#include "gateway/http/publish_request.h"
#include "gateway/session_services.h"
#include "protocol/http1/request_decoder.h"
#include "protocol/http1/response_encoder.h"

namespace hark::gateway::http {

/// A client that speaks HTTP/1.1: publishing by POST, following a topic by GET, health and metrics. Requests
/// may be pipelined, and are served one after the other; behind a stream that does not end nothing is.
///
/// Limits: a head within `header_within` and the decoder's sizes, a body only to publish; while more than
/// `answer_bytes_max` of answers wait, or a publish waits for its owner, nothing more is decoded or read,
/// and while a topic is followed not more than `behind_body_max`.
/// Core: one. Owner: its Connection.
class HttpSession final : public Session, private TopicBody::Listener {
 public:
  HttpSession(SessionServices& services, SessionHost& host, Instant now);
  ~HttpSession() override;

  bool receive(ByteSpan bytes, Instant now) override;
  bool produce(Gather& out, Instant now) override;
  void partly_written(Instant now) override { moved_at_ = now; }
  bool wants_to_send() const override;
  bool is_subscribed() const override { return following_ && following_->body().endless(); }
  bool done() const override { return over_ && answers_.empty() && !following_; }
  std::optional<Instant> deadline() const override;
  bool tick(Instant now) override;
  void drain(Instant now) override;
  void on_published(std::uint64_t ticket, const Result<Position>& result) override;
  void on_controlled(std::uint64_t, const std::optional<Error>&) override {}
  void on_credit(Instant now) override;

 private:
  static constexpr std::size_t answer_bytes_max = 256 << 10, behind_body_max = 8 << 10;

  // TopicBody::Listener
  void on_begin() override;
  void on_body() override;
  void on_refused(const Error& error) override;
  void on_body_pinning(bool pinning) override { host_.on_pinning(pinning); }
  Instant now() const override { return now_; }
  ConnectionId connection() const override { return host_.id(); }

  bool decode(Instant now);
  void begin(Instant now);
  std::size_t end(Instant now);
  std::size_t answer_page();
  bool advance_publish(Instant now);
  void answer_publish(Position slot);
  bool publish_answered() const { return publish_ && publish_->stage() == PublishRequest::Stage::answered; }
  void follow();
  void answer_refused();
  void answer_follower(const Error& error, bool wants_events);
  bool write_body(Gather& out);
  void end_following();
  void answer_preflight();
  void answer_problem(const Error& error, bool close);
  void append(int status, std::span<const protocol::http1::ResponseHeader> headers, std::string_view body,
              bool close);
  void refuse(int status, std::string_view reason);
  using Headers = std::span<const protocol::http1::ResponseHeader>;
  /// `headers` with what every answer says, kept in `room`.
  using HeaderRoom = std::array<protocol::http1::ResponseHeader, 10>;
  Headers complete(Headers headers, HeaderRoom& room) const;

  SessionServices& services_;
  SessionHost& host_;
  Instant now_;
  protocol::http1::RequestDecoder decoder_;
  std::optional<PublishRequest> publish_;  // under way
  std::uint64_t ticket_ = 0;               // of the last publish that was sent
  std::optional<BodyWriter> following_;    // a topic, from its request to the end of its body
  std::optional<Error> refused_;           // why there will be no body
  bool body_begun_ = false;                // its head was appended to answers_
  bool body_waits_ = false;                // it has something to send
  bool ends_with_body_ = false;
  std::string answers_;                    // not yet given
  bool over_ = false;                      // nothing more is decoded
  Instant request_since_;  // when the request that is arriving began, or the connection fell idle
  Instant moved_at_;       // when the peer last took something
};

}  // namespace hark::gateway::http
