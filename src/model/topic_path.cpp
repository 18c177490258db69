#include "base/keyed_hash.h"
#include "model/names.h"

namespace hark {

TopicPath::TopicPath(std::string_view namespace_name, std::string_view topic_name)
    : split_(namespace_name.size()) {
  text_.reserve(namespace_name.size() + 1 + topic_name.size());
  text_.append(namespace_name).append("/").append(topic_name);
  hash_ = keyed_hash(text_);
}

}  // namespace hark
