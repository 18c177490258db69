#include "gateway/http/http2_publish_call.h"

namespace hark::gateway::http {
namespace {

std::uint32_t bytes_max(http2::Http2Session& session) {
  return static_cast<std::uint32_t>(session.services().limits.message_bytes_max);
}

}  // namespace

Http2PublishCall::Http2PublishCall(Asker asker, TopicPath path, const protocol::http2::RequestHead& head,
                                   std::optional<std::uint64_t> length)
    : Call(asker.session, asker.stream, length, bytes_max(asker.session)),
      asker_(std::move(asker)),
      path_(std::move(path)),
      content_type_(head.get("content-type")),
      accept_(head.get("accept")) {}

void Http2PublishCall::on_message(SharedBytes body, Instant) {
  auto draft = draft_of(content_type_, std::move(body));
  if (!draft) return session_.refuse(*this, draft.error());
  session_.publish(*this, std::move(path_), *std::move(draft));
}

void Http2PublishCall::on_published(const Result<Position>& result) {
  if (!result) return session_.refuse(*this, result.error());
  session_.bodies().answered(*this);
  const PublishAnswer answer(*result, accept_);
  const protocol::http2::Header number{"hark-sequence-number", answer.number},
      page{"hark-sequence-page", answer.page};
  if (answer.body.empty()) return respond(asker_, answer.status, {number, page}, {});
  respond(asker_, answer.status, {number, page, {"content-type", "application/json"}}, answer.body);
}

void Http2PublishCall::say_refusal(const Error& error) { answer_problem(asker_, error); }

}  // namespace hark::gateway::http
