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

std::unique_ptr<Call> open_publish(const RequestHead& head, const Target& target, Asker asker) {
  const auto length = content_length(head);
  auto path = check_publish(asker.session.services(),
                            {target.path, head.get("origin"), head.authority(), length.value_or(0)});
  if (path) return std::make_unique<Http2PublishCall>(std::move(asker), *std::move(path), head, length);
  answer_problem(asker, path.error());
  return nullptr;
}

std::unique_ptr<Call> open_follow(const RequestHead& head, const Target& target, Asker asker) {
  const StreamRequest request{target.path, target.query, head.get("accept"), head.get("last-event-id")};
  auto call = std::make_unique<Http2FollowCall>(asker);
  if (auto opened = call->open(request); opened)
    return call;
  else
    answer_follower(asker, opened.error(), request.wants_events());
  return nullptr;
}

void answer_page(const RequestHead& head, const Target& target, const Asker& asker) {
  const Page page = asker.session.services().pages.get(target.path, !asker.session.draining());
  respond(asker, page.status, {{"content-type", page.content_type}}, page.body, head.method() == "HEAD");
}

std::unique_ptr<Call> open_topic(const RequestHead& head, const Target& target, Asker asker) {
  const std::string_view method = head.method();
  const bool served = method == "GET" || method == "POST" || method == "OPTIONS";
  const HttpSettings& settings = *asker.session.services().http;
  if (!served) {
    answer_not_allowed(asker, "GET, POST, OPTIONS");
  } else if (is_refused_origin(head.get("origin"), head.authority(), settings)) {
    answer_problem(asker, {ErrorCode::permission_denied, refused_origin});
  } else if (method == "OPTIONS") {
    answer_preflight(asker);
  } else if (method == "POST") {
    return open_publish(head, target, std::move(asker));
  } else {
    return open_follow(head, target, std::move(asker));
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Call> open_call(const RequestHead& head, Http2Session& session, StreamId stream) {
  const Target target(head.path());
  Asker asker(session, stream, head.get("origin"));
  if (is_topic_target(target.path)) return open_topic(head, target, std::move(asker));
  if (head.method() == "GET" || head.method() == "HEAD") {
    answer_page(head, target, asker);
  } else if (head.method() == "POST") {
    // gRPC over HTTP/2, "Requests": what asks for a method in another language is answered in HTTP's.
    answer_problem(asker, 415, "a gRPC method wants content-type application/grpc");
  } else {
    answer_not_allowed(asker, "GET, HEAD, POST");
  }
  return nullptr;
}

}  // namespace hark::gateway::http
