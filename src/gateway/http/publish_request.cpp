#include "gateway/http/publish_request.h"

#include "base/check.h"
#include "gateway/http/publishing.h"

namespace hark::gateway::http {
Result<TopicPath> PublishRequest::check(SessionServices& services, const protocol::http1::RequestHead& head) {
  return check_publish(services, {head.path(), head.get("origin"), head.get("host"), head.content_length});
}

PublishRequest::PublishRequest(SessionServices& services, TopicPath path,
                               const protocol::http1::RequestHead& head, Instant now)
    : services_(services), path_(std::move(path)), head_(head), since_(now) {}

PublishRequest::~PublishRequest() {
  if (reserved_ > 0) services_.inbound.give_back(reserved_);
}

void PublishRequest::take_room(Instant now) {
  const bool chunked = head_.framing == protocol::http1::BodyFraming::chunked;
  const std::size_t bytes = chunked ? services_.limits.message_bytes_max : head_.content_length;
  if (!services_.inbound.take(bytes)) return;
  reserved_ = bytes;
  since_ = now;
  stage_ = Stage::receiving;
  if (!chunked) body_.reserve(bytes);
}

void PublishRequest::receive(ByteSpan bytes) { body_.append(as_text(bytes)); }

Result<void> PublishRequest::complete(Instant now) {
  auto draft = draft_of(head_.get("content-type"), SharedBytes::copy_of(body_));
  std::string().swap(body_);
  if (!draft) return Failure{draft.error()};
  draft_ = *std::move(draft);
  since_ = now;
  stage_ = Stage::wants_credit;
  return {};
}

void PublishRequest::send(ConnectionId connection, std::uint64_t ticket) {
  if (!services_.publisher.has_credit(path_)) return;
  stage_ = Stage::sent;
  services_.publisher.publish(path_, std::move(draft_), {connection, ticket}, since_);
}

void PublishRequest::on_published(const Result<Position>& result) {
  HARK_CHECK(stage_ == Stage::sent);
  stage_ = Stage::answered;
  result_ = result;
}

std::optional<Instant> PublishRequest::due() const {
  const Limits& limits = services_.limits;
  switch (stage_) {
    case Stage::wants_room:
    case Stage::wants_credit: return since_ + limits.publish_deadline;
    case Stage::receiving:
      return since_ + limits.body_within +
             std::chrono::seconds(body_.size() / std::max<std::size_t>(1, limits.body_bytes_a_second_min));
    case Stage::sent:
    case Stage::answered: break;
  }
  return std::nullopt;
}

Error PublishRequest::late() const {
  switch (stage_) {
    case Stage::wants_room: return {ErrorCode::memory_limit, "no memory for the request in time"};
    case Stage::wants_credit:
      return {ErrorCode::unavailable, "the topic's owner is busy: the message was not sent"};
    case Stage::receiving:
    case Stage::sent:
    case Stage::answered: break;
  }
  return {ErrorCode::deadline_exceeded, "the request was not complete in time"};
}

}  // namespace hark::gateway::http
