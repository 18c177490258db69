#include "gateway/grpc/control_calls.h"

#include <limits>

#include "gateway/http2/http2_session.h"
#include "protocol/grpc/control_codec.h"
#include "protocol/grpc/message_frame.h"

namespace hark::gateway::grpc {
namespace {

/// Decodes a request that names a namespace, and checks the name.
Result<std::string_view> namespace_of(ByteSpan message) {
  auto name = protocol::grpc::decode_namespace_request(message);
  if (!name) return name;
  if (auto checked = check_namespace_name(*name); !checked) return Failure{checked.error()};
  return name;
}

protocol::grpc::NamespaceEntry entry_of(const std::string& name, const Limits& limits) {
  constexpr auto no_limit = std::numeric_limits<std::uint32_t>::max();
  const auto capped = [](std::size_t value) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(value, no_limit));
  };
  protocol::grpc::NamespaceEntry entry;
  entry.name = name;
  entry.traffic_rate_max = entry.throughput_kib_max = entry.publish_rate_max = no_limit;
  entry.subscription_count_max = capped(limits.subscriptions_max);
  entry.message_kib_max = capped(limits.message_bytes_max / 1024);
  return entry;
}

}  // namespace

void PingCall::on_message(SharedBytes, Instant) { answer(protocol::grpc::empty_message_frame()); }

void ChangeNamespacesCall::on_message(SharedBytes message, Instant) {
  const auto name = namespace_of(message.span());
  if (!name) return session_.refuse(*this, name.error());
  if (session_.draining())
    return session_.refuse(*this, {ErrorCode::unavailable, "the server is shutting down"});
  const SessionServices& services = session_.services();
  const auto ticket = static_cast<std::uint64_t>(stream());
  if (!services.control.request(verb_, *name, session_.host().id(), ticket))
    session_.refuse(*this, {ErrorCode::rate_limit, std::to_string(services.limits.control_requests_max)});
}

void ChangeNamespacesCall::on_controlled(const std::optional<Error>& error) {
  if (error) return session_.refuse(*this, *error);
  answer(protocol::grpc::empty_message_frame());
}

void ListNamespacesCall::on_message(SharedBytes message, Instant) {
  const auto token = protocol::grpc::decode_list_request(message.span());
  if (!token) return session_.refuse(*this, token.error());
  if (!token->empty())
    return session_.refuse(*this, {ErrorCode::invalid_argument, "there is one page, whose token is empty"});
  std::vector<protocol::grpc::NamespaceEntry> entries;
  for (const auto& [name, settings] : session_.services().state->namespaces)
    entries.push_back(entry_of(name, session_.services().limits));
  ByteSink frame;
  protocol::grpc::encode_list_response_frame(entries, {}, frame);
  answer(frame.span());
}

void FlushNamespaceCall::on_message(SharedBytes message, Instant) {
  const auto name = namespace_of(message.span());
  if (!name) return session_.refuse(*this, name.error());
  if (!session_.services().state->find_namespace(*name))
    return session_.refuse(*this, {ErrorCode::namespace_not_found, std::string(*name)});
  answer(protocol::grpc::empty_message_frame());
}

}  // namespace hark::gateway::grpc
