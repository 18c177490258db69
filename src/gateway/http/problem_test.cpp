#include "gateway/http/problem.h"

#include <gtest/gtest.h>

namespace hark::gateway::http {
namespace {

TEST(Problem, SaysWhatIsWrong) {
  const Problem problem = problem_of(Error{ErrorCode::namespace_not_found, "a\"b\\c\nd"});
  EXPECT_EQ(problem.status, 404);
  EXPECT_EQ(
      problem.body,
      "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"code\":\"namespace_not_found\","
      "\"detail\":\"a\\\"b\\\\c\\nd\"}\n");
}

TEST(Problem, DoesNotRepeatWhatIsNoUtf8) {
  EXPECT_NE(problem_of(400, "\xff\xfe").body.find("\"detail\":\"\""), std::string::npos);
}

}  // namespace
}  // namespace hark::gateway::http
