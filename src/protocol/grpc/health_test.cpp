#include "protocol/grpc/health.h"

#include <grpc_health_v1.pb.h>
#include <gtest/gtest.h>

#include "protocol/grpc/vectors_test.h"

namespace hark::protocol::grpc {
namespace {

using Response = ::grpc::health::v1::HealthCheckResponse;

TEST(Health, DecodesTheService) {
  ::grpc::health::v1::HealthCheckRequest request;
  request.set_service("cache_client.pubsub.Pubsub");
  const std::string bytes = request.SerializeAsString();
  const auto service = decode_health_request(as_byte_span(bytes));
  ASSERT_TRUE(service);
  EXPECT_EQ(*service, "cache_client.pubsub.Pubsub");
  EXPECT_TRUE(decode_health_request({}));
  EXPECT_FALSE(decode_health_request(as_byte_span(test::unhex("0a01ff"))));
  EXPECT_FALSE(decode_health_request(as_byte_span("\x0a")));
}

TEST(Health, KnowsTheServicesThatAreServed) {
  for (const char* service :
       {"", "cache_client.pubsub.Pubsub", "cache_client.Ping", "control_client.ScsControl",
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}) {
    EXPECT_EQ(health_of(service, true), ServingStatus::serving) << service;
    EXPECT_EQ(health_of(service, false), ServingStatus::not_serving) << service;
  }
  for (const char* service : {"cache_client.Scs", "Pubsub", "cache_client.pubsub",
                              "cache_client.pubsub._PublishRequest", "cache_client.pubsub.Pubsub.Publish"}) {
    EXPECT_EQ(health_of(service, true), ServingStatus::service_unknown) << service;
  }
  EXPECT_EQ(health_not_found().code, StatusCode::not_found);
  EXPECT_FALSE(health_not_found().message.empty());
}

TEST(Health, EncodesWhatProtobufWrites) {
  for (int status = Response::ServingStatus_MIN; status <= Response::ServingStatus_MAX; ++status) {
    Response response;
    response.set_status(static_cast<Response::ServingStatus>(status));
    const std::string body = response.SerializeAsString();
    const std::string frame = std::string(4, '\0') + static_cast<char>(body.size()) + body;
    EXPECT_EQ(as_text(health_frame(static_cast<ServingStatus>(status))), frame) << status;
  }
  EXPECT_EQ(static_cast<int>(ServingStatus::service_unknown), Response::SERVICE_UNKNOWN);
}

}  // namespace
}  // namespace hark::protocol::grpc
