#pragma once

#include <string>
#include <string_view>

#include "model/error.h"

namespace hark::gateway::http {

/// Whether a request is for a topic: its path begins with "/topics/".
bool is_topic_target(std::string_view path);

struct TopicNames {
  std::string namespace_name, topic;
};

/// The names in "/topics/NAMESPACE/TOPIC", not yet checked. Each segment is decoded exactly once, so that
/// "%2F" is a slash in the topic's name; a slash that is written as such is one segment too many. Errors:
/// invalid_argument.
Result<TopicNames> names_of_target(std::string_view path);

}  // namespace hark::gateway::http
