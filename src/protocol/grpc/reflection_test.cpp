#include "protocol/grpc/reflection.h"

#include <gmock/gmock.h>
#include <grpc_reflection_v1.pb.h>
#include <grpc_reflection_v1alpha.pb.h>
#include <gtest/gtest.h>

#include <optional>

#include "protocol/grpc/vectors_test.h"
#include "protocol/grpc/wire_reader.h"

namespace hark::protocol::grpc {
namespace {

using testing::ElementsAre;

// One question in the classes of v1 or v1alpha, and what comes back.
template <typename Request, typename Response>
std::optional<Response> ask(const Request& request) {
  ByteSink out;
  const std::string bytes = request.SerializeAsString();
  if (!answer_reflection(as_byte_span(bytes), out)) return std::nullopt;
  const std::string frame = out.take();
  Response response;
  EXPECT_EQ(frame[0], '\0');
  std::size_t length = 0;
  for (std::size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<unsigned char>(frame[i]);
  EXPECT_EQ(length, frame.size() - 5);
  EXPECT_TRUE(response.ParseFromString(frame.substr(5)));
  EXPECT_EQ(response.original_request().SerializeAsString(), bytes);
  EXPECT_EQ(response.valid_host(), request.host());
  return response;
}

std::string file_name(const std::string& descriptor) {
  const auto name = decode_text_field(as_byte_span(descriptor), 1);
  return name ? std::string(*name) : "?";
}

// Both versions of the service, by the same tests.
template <typename Messages>
class Reflection : public testing::Test {
 public:
  using Request = typename Messages::first_type;
  using Response = typename Messages::second_type;

  static Response answer(const Request& request) {
    auto response = ask<Request, Response>(request);
    EXPECT_TRUE(response);
    return response.value_or(Response());
  }
  static std::vector<std::string> files(const Response& response) {
    std::vector<std::string> names;
    for (const auto& file : response.file_descriptor_response().file_descriptor_proto()) {
      names.push_back(file_name(file));
    }
    return names;
  }
};

using Versions = testing::Types<std::pair<::grpc::reflection::v1::ServerReflectionRequest,
                                          ::grpc::reflection::v1::ServerReflectionResponse>,
                                std::pair<::grpc::reflection::v1alpha::ServerReflectionRequest,
                                          ::grpc::reflection::v1alpha::ServerReflectionResponse>>;
TYPED_TEST_SUITE(Reflection, Versions);

TYPED_TEST(Reflection, ListsTheServices) {
  typename TestFixture::Request request;
  request.set_host("localhost");
  request.set_list_services("*");
  std::vector<std::string> names;
  const auto response = this->answer(request);
  for (const auto& service : response.list_services_response().service()) { names.push_back(service.name()); }
  EXPECT_THAT(names,
              ElementsAre("cache_client.Ping", "cache_client.pubsub.Pubsub", "control_client.ScsControl",
                          "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                          "grpc.reflection.v1alpha.ServerReflection"));
}

TYPED_TEST(Reflection, GivesFilesWithTheirImports) {
  typename TestFixture::Request request;
  request.set_file_by_filename("cachepubsub.proto");
  EXPECT_THAT(this->files(this->answer(request)), ElementsAre("cachepubsub.proto", "common.proto"));
  request.set_file_by_filename("common.proto");
  EXPECT_THAT(this->files(this->answer(request)), ElementsAre("common.proto"));
}

TYPED_TEST(Reflection, FindsSymbols) {
  // clang-format off
  const struct { const char* symbol; const char* file; } cases[] = {
      {"cache_client.pubsub.Pubsub", "cachepubsub.proto"},
      {"cache_client.pubsub.Pubsub.Publish", "cachepubsub.proto"},
      {"cache_client.pubsub._TopicValue", "cachepubsub.proto"},
      {"cache_client.Ping", "cacheping.proto"},
      {"control_client._SimilarityMetric._InnerProduct", "controlclient.proto"},
      {"grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc_health_v1.proto"},
      {"common._Empty", "common.proto"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.symbol);
    typename TestFixture::Request request;
    request.set_file_containing_symbol(c.symbol);
    const auto files = this->files(this->answer(request));
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(files[0], c.file);
  }
}

TYPED_TEST(Reflection, SaysWhatIsNotThere) {
  typename TestFixture::Request file, symbol, package, extension, type, nothing;
  file.set_file_by_filename("cacheclient.proto");
  symbol.set_file_containing_symbol("cache_client.Scs");
  package.set_file_containing_symbol("cache_client.pubsub");
  extension.mutable_file_containing_extension()->set_containing_type("common._Empty");
  extension.mutable_file_containing_extension()->set_extension_number(100);
  type.set_all_extension_numbers_of_type("cache_client.Ping");  // a service
  // clang-format off
  const struct { const char* name; const typename TestFixture::Request* ask; int code; } cases[] = {
      {"a file", &file, 5},           {"a symbol", &symbol, 5}, {"a package is none", &package, 5},
      {"an extension", &extension, 5}, {"a type", &type, 5},     {"no question", &nothing, 3},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto response = this->answer(*c.ask);
    EXPECT_EQ(response.error_response().error_code(), c.code);
    EXPECT_FALSE(response.error_response().error_message().empty());
  }
}

TYPED_TEST(Reflection, KnowsThatMessagesHaveNoExtensions) {
  typename TestFixture::Request request;
  request.set_all_extension_numbers_of_type("common._Empty");
  const auto response = this->answer(request);
  ASSERT_TRUE(response.has_all_extension_numbers_response());
  EXPECT_EQ(response.all_extension_numbers_response().base_type_name(), "common._Empty");
  EXPECT_EQ(response.all_extension_numbers_response().extension_number_size(), 0);
}

TEST(ReflectionRequest, TakesTheLastQuestionAndRefusesRubbish) {
  // clang-format off
  const struct { const char* name; const char* bytes; bool good; } cases[] = {
      {"nothing", "", true},
      {"unknown fields", "1001" "420178", true},
      {"a host that is not UTF-8", "0a01ff", false},
      {"a file name that is not UTF-8", "1a01ff", false},
      {"a type that is not UTF-8, overridden", "2a030a01ff" "3a00", false},
      {"an extension that is no message", "2a01ff", false},
      {"a symbol cut off", "220563", false},
      {"the end of no group", "0c", false},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = test::unhex(c.bytes);
    ByteSink out;
    const auto answered = answer_reflection(as_byte_span(bytes), out);
    EXPECT_EQ(answered.has_value(), c.good);
    EXPECT_EQ(out.size() > 0, c.good);
    if (!answered) { EXPECT_EQ(answered.error().code, ErrorCode::invalid_argument); }
  }
  ::grpc::reflection::v1::ServerReflectionResponse response;
  ByteSink out;
  ASSERT_TRUE(answer_reflection(as_byte_span(test::unhex("22016b"
                                                         "3a00")),
                                out));
  ASSERT_TRUE(response.ParseFromString(out.take().substr(5)));
  EXPECT_TRUE(response.has_list_services_response());
}

}  // namespace
}  // namespace hark::protocol::grpc
