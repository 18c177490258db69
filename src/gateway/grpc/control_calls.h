#pragma once

#include "fabric/parcel.h"
#include "gateway/grpc/grpc_call.h"

namespace hark::gateway::grpc {

/// cache_client.Ping/Ping: an empty answer to whatever message.
class PingCall final : public GrpcCall {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
};

/// control_client.ScsControl/CreateCache and DeleteCache: answered when every core has carried it out.
class ChangeNamespacesCall : public GrpcCall {
 public:
  void on_message(SharedBytes message, Instant now) override;
  void on_controlled(const std::optional<Error>& error) override;

 protected:
  using Verb = fabric::ControlRequest::Verb;
  ChangeNamespacesCall(Http2Session& session, StreamId stream, Verb verb)
      : GrpcCall(session, stream), verb_(verb) {}

 private:
  Verb verb_;
};
class CreateNamespaceCall final : public ChangeNamespacesCall {
 public:
  CreateNamespaceCall(Http2Session& session, StreamId stream)
      : ChangeNamespacesCall(session, stream, Verb::create_namespace) {}
};
class DeleteNamespaceCall final : public ChangeNamespacesCall {
 public:
  DeleteNamespaceCall(Http2Session& session, StreamId stream)
      : ChangeNamespacesCall(session, stream, Verb::delete_namespace) {}
};

/// control_client.ScsControl/ListCaches: all of them on one page, with the limits in force.
class ListNamespacesCall final : public GrpcCall {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
};

/// control_client.ScsControl/FlushCache: forgets stored items, of which hark has none; topics stay.
class FlushNamespaceCall final : public GrpcCall {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
};

}  // namespace hark::gateway::grpc
