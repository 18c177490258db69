// Reflection, health and control requests beside protobuf-lite: taken and refused alike.
#include <controlclient.pb.h>
#include <grpc_health_v1.pb.h>
#include <grpc_reflection_v1alpha.pb.h>

#include "base/check.h"
#include "grpc_pubsub_oracle.h"
#include "protocol/grpc/control_codec.h"
#include "protocol/grpc/health.h"
#include "protocol/grpc/reflection.h"

namespace {

using namespace hark;
using namespace hark::protocol::grpc;
namespace v1alpha = ::grpc::reflection::v1alpha;

void check_reflection(ByteSpan bytes) {
  v1alpha::ServerReflectionRequest request;
  const bool good = oracle::parse(bytes, request);
  ByteSink out;
  const auto answered = answer_reflection(bytes, out);
  HARK_CHECK(answered.has_value() == good);
  if (!good) return;
  v1alpha::ServerReflectionResponse response;
  HARK_CHECK(oracle::parse(out.span().subspan(5), response));
  HARK_CHECK(response.valid_host() == request.host());
  HARK_CHECK(response.original_request().SerializeAsString() == request.SerializeAsString());
  HARK_CHECK(response.message_response_case() != response.MESSAGE_RESPONSE_NOT_SET);
  HARK_CHECK(response.has_list_services_response() == request.has_list_services());
}

template <typename Message>
void check_text(ByteSpan bytes, const Result<std::string_view>& decoded,
                const std::string& (Message::*text)() const) {
  Message message;
  HARK_CHECK(oracle::parse(bytes, message) == decoded.has_value());
  HARK_CHECK(!decoded || *decoded == (message.*text)());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  check_reflection(bytes);
  using Health = ::grpc::health::v1::HealthCheckRequest;
  check_text(bytes, decode_health_request(bytes), &Health::service);
  using Flush = control_client::_FlushCacheRequest;
  check_text(bytes, decode_namespace_request(bytes), &Flush::cache_name);
  using List = control_client::_ListCachesRequest;
  check_text(bytes, decode_list_request(bytes), &List::next_token);
  return 0;
}
