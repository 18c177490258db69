#pragma once

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <set>

#include "gateway/http2/call.h"
#include "gateway/http2/request_bodies.h"
#include "gateway/session_services.h"

namespace hark::gateway::http2 {

/// A client that speaks HTTP/2: one connection with its calls, of gRPC and of plain HTTP.
///
/// Limits: `streams_max` calls; a request's body within `body_within` and the least rate; publishes
/// that have no credit and bodies that have no room stop the reading, so at most what one read brought
/// waits here. Core: one. Owner: its Connection.
class Http2Session final : public Session, private protocol::http2::ServerEvents {
 public:
  /// `services` and `host` outlive the session.
  Http2Session(SessionServices& services, SessionHost& host, Instant now);
  ~Http2Session() override;

  bool receive(ByteSpan bytes, Instant now) override;
  bool produce(Gather& out, Instant now) override;
  void partly_written(Instant now) override { http2_->partly_written(now); }
  bool wants_to_send() const override { return http2_->wants_to_send(); }
  bool is_subscribed() const override { return beating_ != nullptr; }
  bool done() const override { return http2_->done(); }
  std::optional<Instant> deadline() const override;
  bool tick(Instant now) override;
  void drain(Instant now) override;
  void on_published(std::uint64_t ticket, const Result<Position>& result) override;
  void on_controlled(std::uint64_t ticket, const std::optional<Error>& error) override;
  void on_credit(Instant now) override;

  // --- for calls ---
  SessionServices& services() { return services_; }
  SessionHost& host() { return host_; }
  RequestBodies& bodies() { return bodies_; }
  protocol::http2::ServerSession& http2() { return *http2_; }
  Instant now() const { return now_; }
  bool draining() const { return draining_; }

  /// The whole answer: an error; a response that has begun is cut instead.
  void refuse(Call& call, const Error& error);
  /// As refuse(), later: clients that try again without any delay of their own meet a growing one.
  void refuse_slowly(Call& call, const Error& error);
  /// Publishes now or, without credit, as soon as there is some, in order.
  void publish(Call& call, TopicPath path, MessageDraft draft);

  /// Lets `call` take messages again once the write under way is over.
  void resume_later(const Call& call) { resume_.push_back(call.stream()); }
  Call* find(StreamId stream);

  /// Calls Call::on_due at `at`, if `call` lasts; once. It must forget what it was not reminded of.
  void remind(const Call& call, Instant at) { reminders_.emplace(at, call.stream()); }
  void forget_reminder(const Call& call, Instant at) { reminders_.erase({at, call.stream()}); }

  /// A stream of this session beats from now on, or no longer.
  void begin_beating(Beating& stream);
  void end_beating(Beating& stream);

 private:
  struct Waiting {
    StreamId stream;
    TopicPath path;
    MessageDraft draft;
    Instant since;  // the deadline counts from here, not from when there is credit
  };
  struct Delayed {
    Instant due;
    StreamId stream;
    Error error;
  };

  void on_request(StreamId stream, const protocol::http2::RequestHead& head, bool end_of_request) override;
  void on_body(StreamId stream, ByteSpan bytes) override;
  void on_request_end(StreamId stream) override;
  void on_stream_closed(StreamId stream) override;

  Duration next_delay();
  void refuse_late_publishes();
  void count_http2();

  SessionServices& services_;
  SessionHost& host_;
  Instant now_;
  std::unique_ptr<protocol::http2::ServerSession> http2_;
  protocol::http2::SessionCounters counted_, counters_;
  RequestBodies bodies_;
  boost::unordered_flat_map<StreamId, std::unique_ptr<Call>> calls_;
  boost::container::deque<Waiting> waiting_;  // publishes without credit, in the order in which they leave
  Instant late_at_{};  // none of waiting_ is late before
  std::vector<StreamId> resume_;
  boost::container::deque<Delayed> delayed_;  // refusals that leave later, in order of time
  std::set<std::pair<Instant, StreamId>> reminders_;
  Instant last_refusal_{};
  unsigned refusals_ = 0;  // in quick succession
  Beating* beating_ = nullptr;  // one of our streams that beat
  Instant idle_since_;
  std::optional<Instant> shutdown_at_;
  bool draining_ = false;
};

}  // namespace hark::gateway::http2
