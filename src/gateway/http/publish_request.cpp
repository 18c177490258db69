#include "gateway/http/publish_request.h"

#include "base/check.h"
#include "base/utf8.h"
#include "gateway/checked_path.h"
#include "gateway/http/origin.h"
#include "gateway/http/topic_target.h"

namespace hark::gateway::http {
namespace {

/// A media type without its parameters, however it is written.
bool is_type(std::string_view content_type, std::string_view type) {
  const std::string_view essence = content_type.substr(0, content_type.find(';'));
  const std::size_t last = essence.find_last_not_of(" \t");
  const std::string_view trimmed = last == std::string_view::npos ? "" : essence.substr(0, last + 1);
  return protocol::http1::equals_ignoring_case(trimmed, type);
}

}  // namespace

Result<TopicPath> PublishRequest::check(SessionServices& services, const protocol::http1::RequestHead& head) {
  if (is_of_another_origin(head))
    return fail(ErrorCode::permission_denied, "pages of another origin may not publish");
  const auto names = names_of_target(head.path());
  if (!names) return Failure{names.error()};
  auto path = checked_path(services, services.draining, names->namespace_name, names->topic);
  if (!path) return path;
  const std::size_t bytes_max = services.limits.message_bytes_max;
  if (head.content_length > bytes_max)
    return fail(ErrorCode::message_too_large,
                "a message has at most " + std::to_string(bytes_max) + " bytes");
  return path;
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
  const std::string_view type = head_.get("content-type");
  // Clients that never thought of it say "application/x-www-form-urlencoded": only text and binary are taken
  // at their word.
  const bool is_text = !is_type(type, "application/octet-stream") && is_utf8(body_);
  if (!is_text && is_type(type, "text/plain"))
    return fail(ErrorCode::invalid_argument, "a text is UTF-8; say application/octet-stream for bytes");
  draft_.kind = is_text ? PayloadKind::text : PayloadKind::binary;
  draft_.payload = SharedBytes::copy_of(body_);
  std::string().swap(body_);
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
