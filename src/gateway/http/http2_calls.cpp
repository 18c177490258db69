#include "gateway/http/http2_calls.h"

#include <charconv>

#include "gateway/http/http2_answer.h"
#include "gateway/http/http2_follow_call.h"
#include "gateway/http/http2_publish_call.h"
#include "gateway/http/origin.h"
#include "gateway/http/topic_target.h"

namespace hark::gateway::http {
namespace {

using http2::Call;
using http2::Http2Session;
using protocol::http2::Header;
using protocol::http2::RequestHead;
using protocol::http2::StreamId;

/// A request's target in its parts.
struct Target {
  explicit Target(std::string_view whole)
      : path(whole.substr(0, whole.find('?'))),
        query(whole.substr(std::min(path.size() + 1, whole.size()))) {}
  std::string_view path, query;
};

/// None: the client did not tell. The protocol's own library has refused what is no number.
std::optional<std::uint64_t> content_length(const RequestHead& head) {
  const std::string_view text = head.get("content-length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

std::unique_ptr<Call> open_publish(const RequestHead& head, const Target& target, Http2Session& session,
                                   StreamId stream) {
  const auto length = content_length(head);
  auto path = check_publish(session.services(),
                            {target.path, head.get("origin"), head.authority(), length.value_or(0)});
  if (path) return std::make_unique<Http2PublishCall>(session, stream, *std::move(path), head, length);
  answer_problem(session, stream, path.error());
  return nullptr;
}

std::unique_ptr<Call> open_follow(const RequestHead& head, const Target& target, Http2Session& session,
                                  StreamId stream) {
  const StreamRequest request{target.path, target.query, head.get("accept"), head.get("last-event-id")};
  if (is_of_another_origin(head.get("origin"), head.authority())) {
    answer_problem(session, stream, {ErrorCode::permission_denied, "pages of another origin may not read"});
    return nullptr;
  }
  auto call = std::make_unique<Http2FollowCall>(session, stream);
  if (auto opened = call->open(request); opened)
    return call;
  else
    answer_follower(session, stream, opened.error(), request.wants_events());
  return nullptr;
}

void answer_page(const RequestHead& head, const Target& target, Http2Session& session, StreamId stream) {
  const Page page = session.services().pages.get(target.path, !session.draining());
  const bool head_only = head.method() == "HEAD";
  respond(session, stream, page.status, {{"content-type", page.content_type}}, page.body, head_only);
}

}  // namespace

std::unique_ptr<Call> open_call(const RequestHead& head, Http2Session& session, StreamId stream) {
  const Target target(head.path());
  const bool topic = is_topic_target(target.path);
  if (topic && head.method() == "POST") return open_publish(head, target, session, stream);
  if (topic && head.method() == "GET") return open_follow(head, target, session, stream);
  if (!topic && (head.method() == "GET" || head.method() == "HEAD")) {
    answer_page(head, target, session, stream);
  } else if (head.method() == "POST") {
    // gRPC over HTTP/2, "Requests": what asks for a method in another language is answered in HTTP's.
    answer_problem(session, stream, 415, "a gRPC method wants content-type application/grpc");
  } else {
    answer_not_allowed(session, stream, topic ? "GET, POST" : "GET, HEAD, POST");
  }
  return nullptr;
}

}  // namespace hark::gateway::http
