#include "gateway/http/publishing.h"

#include "base/utf8.h"
#include "gateway/checked_path.h"
#include "gateway/http/origin.h"
#include "gateway/http/topic_target.h"
#include "protocol/http1/request_head.h"

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

Result<TopicPath> check_publish(const SessionServices& services, const PublishHead& head) {
  if (is_refused_origin(head.origin, head.authority, *services.http))
    return fail(ErrorCode::permission_denied, refused_origin);
  const auto names = names_of_target(head.path);
  if (!names) return Failure{names.error()};
  auto path = checked_path(services, services.draining, names->namespace_name, names->topic);
  if (!path) return path;
  const std::size_t bytes_max = services.limits.message_bytes_max;
  if (head.content_length > bytes_max)
    return fail(ErrorCode::message_too_large,
                "a message has at most " + std::to_string(bytes_max) + " bytes");
  return path;
}

Result<MessageDraft> draft_of(std::string_view content_type, SharedBytes body) {
  const bool is_text = !is_type(content_type, "application/octet-stream") && is_utf8(as_text(body.span()));
  if (!is_text && is_type(content_type, "text/plain"))
    return fail(ErrorCode::invalid_argument, "a text is UTF-8; say application/octet-stream for bytes");
  return MessageDraft{is_text ? PayloadKind::text : PayloadKind::binary, std::move(body), {}};
}

PublishAnswer::PublishAnswer(Position slot, std::string_view accept)
    : status(accept.find("application/json") == std::string_view::npos ? 204 : 200),
      number(std::to_string(slot.number.value())),
      page(std::to_string(slot.page.value())) {
  if (status == 200) body = "{\"topic_sequence_number\":" + number + ",\"sequence_page\":" + page + "}\n";
}

}  // namespace hark::gateway::http
