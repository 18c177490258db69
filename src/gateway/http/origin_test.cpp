#include "gateway/http/origin.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

namespace hark::gateway::test {
namespace {

TEST(Origin, WhoMayAsk) {
  const HttpSettings none, some{{"https://app.example", "http://localhost:3000"}}, all{{"*"}};
  const struct {
    std::string_view origin, authority;
    const HttpSettings& settings;
    bool refused, allowed;
  } cases[] = {
      {"", "a", none, false, false},
      {"http://a", "a", none, false, false},
      {"http://A", "a", none, false, false},
      {"http://a:81", "a", none, true, false},
      {"http://b", "a", none, true, false},
      {"null", "a", none, true, false},
      {"https://app.example", "a", some, false, true},
      {"https://app.example:443", "a", some, true, false},
      {"http://app.example", "a", some, true, false},
      {"https://app.example.evil.example", "a", some, true, false},
      {"http://localhost:3000", "a", some, false, true},
      {"https://anything.example", "a", all, false, true},
      {"null", "a", all, true, false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(http::is_refused_origin(c.origin, c.authority, c.settings), c.refused) << c.origin;
    EXPECT_EQ(http::is_allowed_origin(c.origin, c.settings), c.allowed) << c.origin;
  }
}

HttpSettingsRef allowing(const std::string& origin) {
  return std::make_shared<const HttpSettings>(HttpSettings{{origin}});
}

std::string ask(GatewayWorld& world, const std::string& line, const std::string& origin,
                std::string body = "") {
  Peer peer(world);
  return peer.ask(line + " HTTP/1.1\r\nHost: a\r\nOrigin: " + origin + "\r\n" +
                  (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
                  body);
}

constexpr auto says = [](const std::string& answer, const char* line) {
  return answer.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
};

TEST(Origin, AnswersOfHttp1LetAnAllowedPageRead) {
  GatewayWorld world;
  const std::string line = "POST /topics/default/t", app = "https://app.example";
  EXPECT_TRUE(ask(world, line, app, "x").starts_with("HTTP/1.1 403 "));
  world.gateway.apply(allowing(app));  // as a reload does
  for (const std::string& answer :
       {ask(world, line, app, "x"), ask(world, "GET /topics/default/t?wait=0", app),
        ask(world, "GET /page", app), ask(world, "GET /topics/nowhere/t", app),
        ask(world, "DELETE /topics/default/t", app)}) {
    EXPECT_TRUE(says(answer, "Access-Control-Allow-Origin: https://app.example")) << answer;
    EXPECT_TRUE(says(answer, "Vary: Origin"));
  }
  const std::string other = ask(world, line, "https://evil.example", "x");
  EXPECT_TRUE(other.starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(other.find("Access-Control"), std::string::npos);
  world.gateway.apply(allowing("https://another.example"));
  EXPECT_TRUE(ask(world, line, app, "x").starts_with("HTTP/1.1 403 "));
}

TEST(Origin, Preflights) {
  GatewayWorld world;
  world.gateway.apply(allowing("https://app.example"));
  const std::string answer = ask(world, "OPTIONS /topics/default/t", "https://app.example");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 ")) << answer;
  EXPECT_TRUE(says(answer, "Access-Control-Allow-Methods: GET, POST"));
  EXPECT_TRUE(says(answer, "Access-Control-Allow-Origin: https://app.example"));
  EXPECT_TRUE(ask(world, "OPTIONS /topics/default/t", "null").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(ask(world, "OPTIONS /page", "https://app.example").starts_with("HTTP/1.1 405 "));
}

TEST(Origin, AnswersOfHttp2LetAnAllowedPageRead) {
  GatewayWorld world;
  world.gateway.apply(allowing("https://app.example"));
  GrpcPeer peer(world);
  const auto request = [&](const std::string& method, const std::string& origin, const char* accept) {
    const auto id = peer.client().request({{":method", method},
                                           {":scheme", "http"},
                                           {":path", "/topics/default/t"},
                                           {":authority", "a"},
                                           {"origin", origin},
                                           {"accept", accept}});
    peer.pump();
    return id;
  };
  for (const auto id :
       {request("POST", "https://app.example", ""), request("OPTIONS", "https://app.example", ""),
        request("GET", "https://app.example", "text/event-stream"),
        request("PUT", "https://app.example", "")})
    EXPECT_EQ(peer.trailer(id, "access-control-allow-origin"), "https://app.example");
  const auto refused = request("POST", "https://evil.example", "");
  EXPECT_EQ(peer.trailer(refused, ":status"), "403");
  EXPECT_EQ(peer.trailer(refused, "access-control-allow-origin"), "");
}

}  // namespace
}  // namespace hark::gateway::test
