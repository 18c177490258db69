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

using Make = std::unique_ptr<Call> (*)(GrpcSession&, StreamId);

template <typename T>
std::unique_ptr<Call> make(GrpcSession& session, StreamId stream) {
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

std::unique_ptr<Call> make_call(std::string_view path, GrpcSession& session, StreamId stream) {
  const auto found =
      std::find_if(methods.begin(), methods.end(), [&](const Method& method) { return method.path == path; });
  return found == methods.end() ? nullptr : found->make(session, stream);
}

}  // namespace hark::gateway::grpc
