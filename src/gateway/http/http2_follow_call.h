#pragma once

#include "gateway/http/http2_answer.h"
#include "gateway/http/open_body.h"

namespace hark::gateway::http {

/// GET of a topic over HTTP/2: events, or a long poll's list.
class Http2FollowCall final : public http2::Call,
                              private TopicBody::Listener,
                              private protocol::http2::BodySource {
 public:
  explicit Http2FollowCall(Asker asker);
  ~Http2FollowCall() override;

  /// Judges the request. Errors: as open_body().
  Result<void> open(const StreamRequest& request);
  /// The request is over: follows.
  void on_message(SharedBytes, Instant) override;
  void on_due() override;

 private:
  void say_refusal(const Error& error) override;
  // TopicBody::Listener
  void on_begin() override;
  void on_body() override;
  void on_refused(const Error& error) override;
  void on_body_pinning(bool pinning) override { session_.host().on_pinning(pinning); }
  Instant now() const override { return session_.now(); }
  ConnectionId connection() const override { return session_.host().id(); }
  // BodySource
  Pulled pull(std::size_t bytes_max, Slices& out) override;
  void trailers(std::vector<protocol::http2::Header>&) override {}

  void forget_reminder();

  Asker asker_;
  OpenedBody opened_;
  std::optional<Instant> reminded_at_;  // will be
};

}  // namespace hark::gateway::http
