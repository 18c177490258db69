#pragma once

#include "fabric/parcel.h"
#include "gateway/grpc/call.h"

namespace hark::gateway::grpc {

/// cache_client.Ping/Ping: an empty answer to whatever message.
class PingCall final : public Call {
 public:
  using Call::Call;
  void on_message(SharedBytes message, Instant now) override;
};

/// control_client.ScsControl/CreateCache and DeleteCache: answered when every core has carried it out.
class ChangeNamespacesCall : public Call {
 public:
  void on_message(SharedBytes message, Instant now) override;
  void on_controlled(const std::optional<Error>& error) override;

 protected:
  using Verb = fabric::ControlRequest::Verb;
  ChangeNamespacesCall(GrpcSession& session, StreamId stream, Verb verb)
      : Call(session, stream), verb_(verb) {}

 private:
  Verb verb_;
};
class CreateNamespaceCall final : public ChangeNamespacesCall {
 public:
  CreateNamespaceCall(GrpcSession& session, StreamId stream)
      : ChangeNamespacesCall(session, stream, Verb::create_namespace) {}
};
class DeleteNamespaceCall final : public ChangeNamespacesCall {
 public:
  DeleteNamespaceCall(GrpcSession& session, StreamId stream)
      : ChangeNamespacesCall(session, stream, Verb::delete_namespace) {}
};

/// control_client.ScsControl/ListCaches: all of them on one page, with the limits in force.
class ListNamespacesCall final : public Call {
 public:
  using Call::Call;
  void on_message(SharedBytes message, Instant now) override;
};

/// control_client.ScsControl/FlushCache: forgets stored items, of which hark has none; topics stay.
class FlushNamespaceCall final : public Call {
 public:
  using Call::Call;
  void on_message(SharedBytes message, Instant now) override;
};

}  // namespace hark::gateway::grpc
