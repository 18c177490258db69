#include "protocol/http1/response_encoder.h"

#include <gtest/gtest.h>

#include <vector>

namespace hark::protocol::http1 {
namespace {

std::string encoded(int status, std::vector<ResponseHeader> headers, std::string_view body, bool close,
                    bool head_only) {
  std::string out;
  append_response(out, status, headers, body, close, head_only);
  return out;
}

// Goal: each answer is framed so that no client can take its end for anything else.
// Method: the whole bytes of each form.
TEST(ResponseEncoder, WritesWholeAnswers) {
  const struct {
    const char* name;
    int status;
    std::vector<ResponseHeader> headers;
    std::string_view body;
    bool close, head_only;
    const char* bytes;
  } cases[] = {
      {"plain",
       200,
       {{"Content-Type", "text/plain"}},
       "ok\n",
       false,
       false,
       "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: "
       "keep-alive\r\n\r\nok\n"},
      {"and close",
       503,
       {{"Retry-After", "1"}, {"X-A", ""}},
       "no",
       true,
       false,
       "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nX-A: \r\nContent-Length: 2\r\nConnection: "
       "close\r\n\r\nno"},
      {"empty body",
       404,
       {},
       "",
       false,
       false,
       "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"},
      {"HEAD says the length",
       200,
       {},
       "0123456789",
       false,
       true,
       "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: keep-alive\r\n\r\n"},
      {"204 has no length",
       204,
       {{"X-A", "b"}},
       "",
       true,
       false,
       "HTTP/1.1 204 No Content\r\nX-A: b\r\nConnection: close\r\n\r\n"},
      {"304 has no length",
       304,
       {},
       "",
       false,
       false,
       "HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n"},
      {"100 says nothing of the connection", 100, {}, "", false, false, "HTTP/1.1 100 Continue\r\n\r\n"},
      {"a status without a phrase",
       599,
       {},
       "",
       true,
       false,
       "HTTP/1.1 599 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
      {"bytes from 0x80 on and a tab",
       400,
       {{"X-A", "\xc3\xa4\tb"}},
       "",
       true,
       false,
       "HTTP/1.1 400 Bad Request\r\nX-A: \xc3\xa4\tb\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(encoded(c.status, c.headers, c.body, c.close, c.head_only), c.bytes);
  }
}

TEST(ResponseEncoder, AppendsAfterWhatIsThere) {
  std::string out = "before";
  append_response(out, 200, {}, "a", false, false);
  const std::size_t first = out.size();
  append_response(out, 200, {}, "a", false, false);
  EXPECT_EQ(out.substr(0, 14), "beforeHTTP/1.1");
  EXPECT_EQ(out.substr(first), out.substr(6, first - 6));
}

TEST(ResponseEncoder, GrowsTheOutputOnce) {
  const std::string body(10'000, 'b');
  const ResponseHeader headers[] = {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}};
  std::string out;
  append_response(out, 431, headers, body, false, false);
  EXPECT_LE(out.size(), 128 + 26 + 23 + 4 + body.size());
  EXPECT_LE(out.capacity(), 128 + 26 + 23 + 4 + body.size());  // exactly what was reserved
}

TEST(ResponseEncoderDeathTest, StopsAtOurOwnMistakes) {
  const struct {
    int status;
    ResponseHeader header;
    const char* body;
  } cases[] = {
      {200, {"X-A", "b\r\nSet-Cookie: c"}, ""},
      {200, {"X-A", std::string_view("b\0c", 3)}, ""},
      {200, {"X-A", "b\nc"}, ""},
      {200, {"X A", "b"}, ""},
      {200, {"X-A:", "b"}, ""},
      {200, {"", "b"}, ""},
      {200, {"Content-Length", "3"}, "abc"},
      {200, {"CONNECTION", "close"}, ""},
      {200, {"transfer-Encoding", "chunked"}, ""},
      {204, {"X-A", "b"}, "body"},
      {304, {"X-A", "b"}, "body"},
      {100, {"X-A", "b"}, "body"},
      {101, {"X-A", "b"}, ""},
      {99, {"X-A", "b"}, ""},
      {600, {"X-A", "b"}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.header.name) + ": " + std::string(c.header.value));
    EXPECT_DEATH(encoded(c.status, {c.header}, c.body, false, false), "");
  }
}

}  // namespace
}  // namespace hark::protocol::http1
