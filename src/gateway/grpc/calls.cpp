#include "gateway/grpc/calls.h"

#include <algorithm>
#include <array>

#include "gateway/grpc/control_calls.h"
#include "gateway/grpc/health_calls.h"
#include "gateway/grpc/publish_call.h"
#include "gateway/grpc/reflection_call.h"
#include "gateway/grpc/subscribe_call.h"

namespace hark::gateway::grpc {
namespace {

using Make = std::unique_ptr<http2::Call> (*)(Http2Session&, StreamId);

template <typename T>
std::unique_ptr<http2::Call> make(Http2Session& session, StreamId stream) {
  return std::make_unique<T>(session, stream);
}

struct Method {
  std::string_view path;
  Make make;
};

constexpr std::array methods{
    Method{"/cache_client.pubsub.Pubsub/Publish", make<PublishCall>},
    Method{"/cache_client.pubsub.Pubsub/Subscribe", make<SubscribeCall>},
    Method{"/cache_client.Ping/Ping", make<PingCall>},
    Method{"/control_client.ScsControl/CreateCache", make<CreateNamespaceCall>},
    Method{"/control_client.ScsControl/DeleteCache", make<DeleteNamespaceCall>},
    Method{"/control_client.ScsControl/ListCaches", make<ListNamespacesCall>},
    Method{"/control_client.ScsControl/FlushCache", make<FlushNamespaceCall>},
    Method{"/grpc.health.v1.Health/Check", make<HealthCheckCall>},
    Method{"/grpc.health.v1.Health/Watch", make<HealthWatchCall>},
    Method{"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", make<ReflectionCall>},
    Method{"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", make<ReflectionCall>},
};

}  // namespace

bool is_grpc(const protocol::http2::RequestHead& head) {
  constexpr std::string_view grpc = "application/grpc";
  const std::string_view type = head.get("content-type");
  if (head.method() != "POST" || !type.starts_with(grpc)) return false;
  const std::string_view rest = type.substr(grpc.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';';
}

std::unique_ptr<http2::Call> open_call(const protocol::http2::RequestHead& head, Http2Session& session,
                                       StreamId stream) {
  const auto refuse = [&](std::string why) {
    refuse_request(session, stream, protocol::grpc::status_of({ErrorCode::unimplemented, std::move(why)}));
    return nullptr;
  };
  const auto found = std::find_if(methods.begin(), methods.end(),
                                  [&](const Method& method) { return method.path == head.path(); });
  if (found == methods.end()) return refuse(std::string(head.path().substr(0, 256)));
  const std::string_view encoding = head.get("grpc-encoding");
  if (!encoding.empty() && encoding != "identity") return refuse("compression is not supported");
  return found->make(session, stream);
}

}  // namespace hark::gateway::grpc
