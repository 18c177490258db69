// Which requests are malformed (RFC 9113, 8.1.1 to 8.3): their stream is reset, the connection goes on.
#include <gtest/gtest.h>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

const std::string nul("\0", 1);

TEST(RequestFields, MalformedRequestsAreReset) {
  const auto with = [](std::string name, std::string value) {
    return request_fields("/test", {{std::move(name), std::move(value)}});
  };
  const Fields plain = request_fields();
  const auto without = [&](std::size_t index) {
    Fields fields = plain;
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
    return fields;
  };
  const struct {
    const char* name;
    Fields fields;
    bool allowed = false;
  } cases[] = {
      {"plain", plain, true},
      {"a usual field", with("authorization", "token, with \"marks\" and \xc3\xa9"), true},
      {"an empty value", with("a", ""), true},
      {"te: trailers", with("te", "trailers"), true},
      {"an upper-case name", with("Authorization", "x")},
      {"an upper-case letter inside", with("authoriZation", "x")},
      {"CR in a value", with("a", "b\rc")},
      {"LF in a value", with("a", "b\nc")},
      {"a header inside a value", with("a", "b\r\nx-role: admin")},
      {"NUL in a value", with("a", "b" + nul + "c")},
      {"a control character in a value", with("a", "b\x01")},
      {"DEL in a value", with("a", "b\x7f")},
      {"a leading space", with("a", " b")},
      {"a trailing tab", with("a", "b\t")},
      {"CR in a name", with("a\rb", "c")},
      {"LF in a name", with("a\nb", "c")},
      {"NUL in a name", with("a" + nul, "c")},
      {"a space in a name", with("a b", "c")},
      {"a colon in a name", with("a:", "c")},
      {"an empty name", with("", "c")},
      {"a byte above ASCII in a name", with("\xc3\xa9", "c")},
      {"connection", with("connection", "close")},
      {"keep-alive", with("keep-alive", "1")},
      {"proxy-connection", with("proxy-connection", "close")},
      {"transfer-encoding", with("transfer-encoding", "chunked")},
      {"upgrade", with("upgrade", "h2c")},
      {"te with more", with("te", "gzip, trailers")},
      {"an unknown pseudo header", with(":extra", "1")},
      {"a response's pseudo header", with(":status", "200")},
      {":protocol without leave", with(":protocol", "websocket")},
      {"a second :path", with(":path", "/other")},
      {"a late :method", {{":scheme", "http"}, {":path", "/"}, {"a", "b"}, {":method", "GET"}}},
      {"two methods", {{":method", "GET"}, {":method", "GET"}, {":scheme", "http"}, {":path", "/"}}},
      {"two schemes", {{":method", "GET"}, {":scheme", "http"}, {":scheme", "http"}, {":path", "/"}}},
      {"two authorities",
       {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}, {":authority", "b"}}},
      {"no :method", without(0)},
      {"no :scheme", without(1)},
      {"no :path", without(2)},
      {"neither :authority nor host", without(3)},
      {"an empty :path", {{":method", "GET"}, {":scheme", "http"}, {":path", ""}}},
      {"a :path without slash",
       {{":method", "GET"}, {":scheme", "http"}, {":path", "x"}, {":authority", "a"}}},
      {"LF in :path", {{":method", "GET"}, {":scheme", "http"}, {":path", "/a\nb"}, {":authority", "a"}}},
      {"a space in :path",
       {{":method", "GET"}, {":scheme", "http"}, {":path", "/a HTTP/1.1"}, {":authority", "a"}}},
      {"a space in :method",
       {{":method", "GET /"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}}},
      {"CR in :authority", {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a\rb"}}},
      {"two lengths", request_fields("/", {{"content-length", "1"}, {"content-length", "2"}})},
      {"a length with a sign", with("content-length", "+1")},
      {"a length that is too long", with("content-length", "99999999999999999999")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Server server;
    server.greet();
    ASSERT_TRUE(server.receive(headers(1, c.fields)));
    std::size_t resets = 0;
    for (const RawFrame& frame : frames_in(server.produce())) {
      resets += frame.head.type == FrameType::rst_stream ? 1 : 0;
    }
    EXPECT_EQ(server.requests, c.allowed ? 1u : 0u);
    EXPECT_EQ(resets, c.allowed ? 0u : 1u);
    ASSERT_TRUE(server.receive(request(3)));
    EXPECT_EQ(server.requests, c.allowed ? 2u : 1u);
    EXPECT_FALSE(server.session->done());
  }
}

TEST(RequestFields, TheOwnerSeesThemAll) {
  Server server;
  server.greet();
  std::string seen;
  server.request_hook = [&](StreamId, const RequestHead& head) {
    for (const char* name : {"content-type", "te", "authorization", "absent"}) {
      seen += std::string(name) + "=" + std::string(head.get(name)) + ";";
    }
    seen += std::string(head.authority());
  };
  ASSERT_TRUE(server.receive(headers(1, request_fields("/p", {{"content-type", "application/grpc"},
                                                              {"te", "trailers"},
                                                              {"authorization", "t"},
                                                              {"authorization", "second"}}))));
  EXPECT_EQ(seen, "content-type=application/grpc;te=trailers;authorization=t;absent=;a");
}

}  // namespace
}  // namespace hark::protocol::http2::testing
