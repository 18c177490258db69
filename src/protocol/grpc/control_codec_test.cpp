#include "protocol/grpc/control_codec.h"

#include <controlclient.pb.h>
#include <gtest/gtest.h>

#include "protocol/grpc/message_frame.h"
#include "protocol/grpc/vectors_test.h"

namespace hark::protocol::grpc {
namespace {

TEST(ControlCodec, KnowsTheGoldenBytes) {
  const auto vectors = test::read_vectors("control.txt");
  ASSERT_EQ(vectors.size(), 3u);
  const auto create = decode_namespace_request(as_byte_span(vectors[0].bytes));
  ASSERT_TRUE(create);
  EXPECT_EQ(*create, "c");
  const auto list = decode_list_request(as_byte_span(vectors[1].bytes));
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, "");
  const NamespaceEntry entry{.name = "c",
                             .traffic_rate_max = 500,
                             .throughput_kib_max = 10240,
                             .item_kib_max = 4883,
                             .ttl_seconds_max = 86400,
                             .publish_rate_max = 100,
                             .subscription_count_max = 100,
                             .message_kib_max = 100};
  ByteSink out;
  encode_list_response_frame({&entry, 1}, "", out);
  ByteSink expected;
  append_message_frame(vectors[2].bytes, expected);
  EXPECT_EQ(out.take(), expected.take());
}

// The decoder stands on this: one for the three requests.
TEST(ControlCodec, DecodesTheThreeNamespaceRequestsAlike) {
  control_client::_CreateCacheRequest create;
  control_client::_DeleteCacheRequest remove;
  control_client::_FlushCacheRequest flush;
  create.set_cache_name("orders");
  remove.set_cache_name("orders");
  flush.set_cache_name("orders");
  for (const std::string& bytes :
       {create.SerializeAsString(), remove.SerializeAsString(), flush.SerializeAsString()}) {
    const auto name = decode_namespace_request(as_byte_span(bytes));
    ASSERT_TRUE(name);
    EXPECT_EQ(*name, "orders");
  }
}

TEST(ControlCodec, RefusesWhatIsNotARequest) {
  // clang-format off
  const struct { const char* name; const char* bytes; bool good; } cases[] = {
      {"nothing", "", true},
      {"a name of a wrong type", "0805", true},
      {"a name that is not UTF-8", "0a01ff", false},
      {"such a name, overridden", "0a01ff0a0163", false},
      {"a name cut off", "0a0263", false},
      {"field number 0", "0000", false},
      {"the end of no group", "0c", false},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = test::unhex(c.bytes);
    const auto name = decode_namespace_request(as_byte_span(bytes));
    const auto token = decode_list_request(as_byte_span(bytes));
    EXPECT_EQ(name.has_value(), c.good);
    EXPECT_EQ(token.has_value(), c.good);
    if (!name) { EXPECT_EQ(name.error().code, ErrorCode::invalid_argument); }
  }
}

TEST(ControlCodec, ListsManyAndNone) {
  ByteSink out;
  encode_list_response_frame({}, "", out);
  EXPECT_EQ(out.take(), std::string(5, '\0'));
  const NamespaceEntry entries[] = {{.name = "a"}, {.name = "b", .message_kib_max = 1024}};
  encode_list_response_frame(entries, "more", out);
  control_client::_ListCachesResponse response;
  ASSERT_TRUE(response.ParseFromString(out.take().substr(5)));
  ASSERT_EQ(response.cache_size(), 2);
  EXPECT_EQ(response.cache(0).cache_name(), "a");
  // Present even with nothing in them: clients read through them.
  EXPECT_TRUE(response.cache(0).has_cache_limits());
  EXPECT_TRUE(response.cache(0).has_topic_limits());
  EXPECT_EQ(response.cache(1).topic_limits().max_publish_message_size_kb(), 1024u);
  EXPECT_EQ(response.next_token(), "more");
}

}  // namespace
}  // namespace hark::protocol::grpc
