#include "gateway/grpc/publish_call.h"

#include "gateway/checked_path.h"
#include "gateway/http2/http2_session.h"
#include "protocol/grpc/message_frame.h"
#include "protocol/grpc/pubsub_codec.h"

namespace hark::gateway::grpc {

void PublishCall::on_message(SharedBytes message, Instant) {
  const auto request = protocol::grpc::decode_publish_request(message.span());
  if (!request) return session_.refuse(*this, request.error());
  auto path = checked_path(session_.services(), session_.draining(), request->namespace_name, request->topic);
  if (!path) return session_.refuse(*this, path.error());
  const std::size_t bytes_max = session_.services().limits.message_bytes_max;
  if (request->payload.size() > bytes_max)
    return session_.refuse(*this, {ErrorCode::message_too_large, std::to_string(bytes_max)});
  MessageDraft draft{.kind = request->kind, .payload = {}, .publisher_id = {}};
  if (!request->payload.empty()) {
    // The payload stays where it arrived: one allocation and one copy a message, whatever follows.
    const auto offset = static_cast<std::size_t>(request->payload.data() - message.span().data());
    draft.payload = message.slice(offset, request->payload.size());
  }
  session_.publish(*this, *std::move(path), std::move(draft));
}

void PublishCall::on_published(const Result<Position>& result) {
  if (!result) return session_.refuse(*this, result.error());
  const std::string number = std::to_string(result->number.value());
  const std::string page = std::to_string(result->page.value());
  const std::array<protocol::http2::Header, 2> slot{{
      {"hark-sequence-number", number},
      {"hark-sequence-page", page},
  }};
  answer(protocol::grpc::empty_message_frame(), slot);
}

}  // namespace hark::gateway::grpc
