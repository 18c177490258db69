#include "gateway/http/http2_follow_call.h"

namespace hark::gateway::http {

Http2FollowCall::Http2FollowCall(Asker asker)
    : Call(asker.session, asker.stream, std::nullopt,
           static_cast<std::uint32_t>(asker.session.services().limits.message_bytes_max)),
      asker_(std::move(asker)) {}

Http2FollowCall::~Http2FollowCall() {
  forget_reminder();
  if (streaming_ && opened_.body->beating()) session_.end_beating(*opened_.body->beating());
}

Result<void> Http2FollowCall::open(const StreamRequest& request) {
  auto opened = open_body(session_.services(), *this, request);
  if (!opened) return Failure{opened.error()};
  opened_ = *std::move(opened);
  return {};
}

void Http2FollowCall::on_message(SharedBytes, Instant) {
  session_.bodies().answered(*this);  // the view answers from here on
  if (auto begun = opened_.body->begin(opened_.path); !begun) session_.refuse(*this, begun.error());
}

void Http2FollowCall::on_due() {
  reminded_at_.reset();
  opened_.body->on_due();
}

void Http2FollowCall::forget_reminder() {
  if (reminded_at_) session_.forget_reminder(*this, *std::exchange(reminded_at_, {}));
}

void Http2FollowCall::on_begin() {
  forget_reminder();
  const bool open = respond_streaming(
      asker_, {{"content-type", opened_.body->content_type()}, {"x-accel-buffering", "no"}}, *this);
  if (!open) return;
  streaming_ = true;
  if (Beating* const beating = opened_.body->beating()) session_.begin_beating(*beating);
  session_.host().wants_flush();
}

void Http2FollowCall::on_body() {
  if (streaming_) {
    session_.http2().resume(stream());
  } else if (const auto due = opened_.body->due(); due && !reminded_at_) {
    session_.remind(*this, *due);
    reminded_at_ = due;
  }
  session_.host().wants_flush();
}

void Http2FollowCall::on_refused(const Error& error) {
  session_.refuse(*this, error);
  session_.host().wants_flush();
}

void Http2FollowCall::say_refusal(const Error& error) {
  answer_follower(asker_, error, opened_.body->endless());
}

Http2FollowCall::Pulled Http2FollowCall::pull(std::size_t bytes_max, Slices& out) {
  switch (opened_.body->pull(bytes_max, out)) {
    case TopicBody::Pulled::more: return Pulled::more;
    case TopicBody::Pulled::wait: return Pulled::wait;
    case TopicBody::Pulled::end: return Pulled::end;
  }
  HARK_UNREACHABLE();
}

}  // namespace hark::gateway::http
