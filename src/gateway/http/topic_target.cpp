#include "gateway/http/topic_target.h"

#include "protocol/http1/percent.h"

namespace hark::gateway::http {
namespace {

constexpr std::string_view prefix = "/topics/";

}  // namespace

bool is_topic_target(std::string_view path) { return path.starts_with(prefix); }

Result<TopicNames> names_of_target(std::string_view path) {
  const std::string_view names = path.substr(prefix.size());
  const std::size_t slash = names.find('/');
  if (slash == std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the path is /topics/NAMESPACE/TOPIC");
  if (names.find('/', slash + 1) != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "a slash in a topic's name is written %2F");
  auto namespace_name = protocol::http1::percent_decode(names.substr(0, slash));
  auto topic = protocol::http1::percent_decode(names.substr(slash + 1));
  if (!namespace_name || !topic)
    return fail(ErrorCode::invalid_argument, "a % in the path needs two hexadecimal digits behind it");
  return TopicNames{*std::move(namespace_name), *std::move(topic)};
}

}  // namespace hark::gateway::http
