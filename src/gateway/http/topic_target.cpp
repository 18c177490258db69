#include "gateway/http/topic_target.h"

#include "protocol/http1/percent.h"

namespace hark::gateway::http {
namespace {

constexpr std::string_view prefix = "/topics/";

}  // namespace

bool is_topic_target(std::string_view path) { return path.starts_with(prefix); }

Result<TopicPath> topic_of_target(std::string_view path) {
  const std::string_view names = path.substr(prefix.size());
  const std::size_t slash = names.find('/');
  if (slash == std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the path is /topics/NAMESPACE/TOPIC");
  if (names.find('/', slash + 1) != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "a slash in a topic's name is written %2F");
  const auto namespace_name = protocol::http1::percent_decode(names.substr(0, slash));
  const auto topic_name = protocol::http1::percent_decode(names.substr(slash + 1));
  if (!namespace_name || !topic_name)
    return fail(ErrorCode::invalid_argument, "a % in the path needs two hexadecimal digits behind it");
  if (auto checked = check_namespace_name(*namespace_name); !checked) return Failure{checked.error()};
  if (auto checked = check_topic_name(*topic_name); !checked) return Failure{checked.error()};
  return TopicPath(*namespace_name, *topic_name);
}

}  // namespace hark::gateway::http
