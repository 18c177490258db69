#include "gateway/grpc/subscribe_call.h"

#include <algorithm>
#include <array>

#include "gateway/checked_path.h"
#include "gateway/grpc/pubsub_form.h"
#include "gateway/grpc/response_head.h"
#include "gateway/http2/http2_session.h"
#include "gateway/requested_start.h"

namespace hark::gateway::grpc {
SubscribeCall::~SubscribeCall() {
  if (streaming_ && !end_) session_.end_beating(*this);
  if (subscription_) session_.services().views.unsubscribe(*subscription_, session_.now());
}

void SubscribeCall::on_head(const protocol::http2::RequestHead& head) {
  if (const std::string_view start = head.get("hark-start"); !start.empty())
    start_ = std::make_unique<const std::string>(start);
}

void SubscribeCall::on_message(SharedBytes message, Instant) {
  if (auto started = start(message.span()); !started) session_.refuse_slowly(*this, started.error());
}

Result<void> SubscribeCall::start(ByteSpan message) {
  const auto request = protocol::grpc::decode_subscription_request(message);
  if (!request) return Failure{request.error()};
  auto path = checked_path(session_.services(), session_.draining(), request->namespace_name, request->topic);
  if (!path) return Failure{path.error()};
  SessionServices& services = session_.services();
  if (auto room = checked_subscription(services); !room) return room;
  const auto resume = resume_of(*request);
  if (!resume) return Failure{resume.error()};
  subscription_.emplace(PubsubForm::instance(), static_cast<Subscriber&>(*this), *resume, services.cache);
  session_.bodies().answered(*this);  // the view answers from here on
  services.views.subscribe(*path, *subscription_);
  return {};
}

Result<topic::ResumeRequest> SubscribeCall::resume_of(
    const protocol::grpc::SubscriptionRequest& request) const {
  if (request.resume_number > sequence_values_max || request.resume_page > sequence_values_max)
    return fail(ErrorCode::invalid_argument, "a position is at most 2^53");
  const auto* settings = session_.services().state->find_namespace(request.namespace_name);
  topic::ResumeRequest resume{.number = SequenceNumber(request.resume_number),
                              .page = SequencePage(request.resume_page),
                              .fresh_messages = settings->begin_with_latest ? 1U : 0U};
  if (!start_) return resume;
  if (request.resume_number != 0 || request.resume_page != 0)
    return fail(ErrorCode::invalid_argument, "say hark-start or a position, not both");
  if (auto read = read_requested_start(*start_, resume); !read) return Failure{read.error()};
  return resume;
}

void SubscribeCall::on_ready() {
  if (!begin_answer()) return;
  streaming_ = true;
  session_.begin_beating(*this);
  session_.host().wants_flush();
}

bool SubscribeCall::begin_answer() {
  if (!start_ || subscription_->has_notice())
    return session_.http2().respond_streaming(stream(), response_head(), *this);
  const Position next = subscription_->place();
  const std::string number = std::to_string(next.number.previous().value());
  const std::string page = std::to_string(next.page.value());
  std::array<protocol::http2::Header, 4> head{};
  std::ranges::copy(response_head(), head.begin());
  head[2] = {"hark-sequence-number", number};
  head[3] = {"hark-sequence-page", page};
  return session_.http2().respond_streaming(stream(), head, *this);
}

void SubscribeCall::on_work() {
  session_.http2().resume(stream());
  session_.host().wants_flush();
}

void SubscribeCall::on_end(EndReason reason) {
  const Error error = error_of(reason);
  if (!streaming_) {
    session_.refuse(*this, error);
    return session_.host().wants_flush();
  }
  if (!end_) session_.end_beating(*this);
  end_ = protocol::grpc::status_of(error);
  on_work();
}

void SubscribeCall::on_pinning(bool pinning) { session_.host().on_pinning(pinning); }

SubscribeCall::Pulled SubscribeCall::pull(std::size_t bytes_max, Slices& out) {
  switch (subscription_->pull(bytes_max, out)) {
    case Subscription::Pulled::more: return Pulled::more;
    case Subscription::Pulled::wait: return Pulled::wait;
    case Subscription::Pulled::end: return Pulled::end;
  }
  HARK_UNREACHABLE();
}

void SubscribeCall::trailers(std::vector<protocol::http2::Header>& out) {
  code_ = std::to_string(static_cast<int>(end_->code));
  text_ = protocol::grpc::percent_encode(end_->message);
  out.push_back({"grpc-status", code_});
  out.push_back({"grpc-message", text_});
  if (!end_->err.empty()) out.push_back({"err", end_->err});
}

}  // namespace hark::gateway::grpc
