#pragma once

#include <optional>
#include <string>

#include "gateway/session_services.h"
#include "protocol/http1/request_head.h"

namespace hark::gateway::http {

/// POST /topics/NAMESPACE/TOPIC: one message, from its head to its owner's answer.
///
/// Stages, each left for the next only: it takes room for its body in the core's inbound budget, receives the
/// body, waits for credit towards the topic's owner, is sent, is answered. Room is given back when it is
/// destroyed. A body without a length takes room for the largest message.
/// Core: one. Owner: its HttpSession, which has one at a time, so that pipelined publishes keep their order.
class PublishRequest {
 public:
  enum class Stage : std::uint8_t { wants_room, receiving, wants_credit, sent, answered };

  PublishRequest(SessionServices& services, TopicPath path, const protocol::http1::RequestHead& head,
                 Instant now);
  ~PublishRequest();
  PublishRequest(const PublishRequest&) = delete;
  PublishRequest& operator=(const PublishRequest&) = delete;

  /// The topic that `head` names, or why nothing of this length can be published to it.
  static Result<TopicPath> check(SessionServices& services, const protocol::http1::RequestHead& head);

  Stage stage() const { return stage_; }
  /// wants_room -> receiving, if there is room.
  void take_room(Instant now);
  /// A piece of the body, within the limit that the decoder holds.
  void receive(ByteSpan bytes);
  /// receiving -> wants_credit: the body is whole. An error: it is no message.
  Result<void> complete(Instant now);
  /// wants_credit -> sent, if there is credit. The answer comes with `ticket`.
  void send(ConnectionId connection, std::uint64_t ticket);
  void on_published(const Result<Position>& result);
  /// Once answered.
  const Result<Position>& result() const { return *result_; }

  /// When to give up; none once it was sent, since the publisher's side answers in time.
  std::optional<Instant> due() const;
  /// What to say when it is given up: a definite no.
  Error late() const;

 private:
  SessionServices& services_;
  TopicPath path_;
  const protocol::http1::RequestHead& head_;
  Stage stage_ = Stage::wants_room;
  Instant since_;  // of its stage: its head, its room, its whole body
  std::size_t reserved_ = 0;  // of the inbound budget
  std::string body_;
  MessageDraft draft_;
  std::optional<Result<Position>> result_;
};

}  // namespace hark::gateway::http
