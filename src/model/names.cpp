#include "model/names.h"

#include <algorithm>

#include "base/utf8.h"

namespace hark {
namespace {

bool is_ascii_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
}

// C1 controls (U+0080 to U+009F) are 0xC2 0x80 ... 0xC2 0x9F in UTF-8.
bool has_control(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_ascii_control(name[i])) return true;
    if (static_cast<unsigned char>(name[i]) == 0xc2 && i + 1 < name.size() &&
        static_cast<unsigned char>(name[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

Result<void> check_name(std::string_view kind, std::string_view name, std::size_t bytes_max) {
  const auto bad = [&](std::string_view what) {
    return fail(ErrorCode::invalid_argument, std::string(kind).append(" ").append(what));
  };
  if (name.empty()) return bad("must not be empty");
  if (name.size() > bytes_max) return bad("must not be longer than " + std::to_string(bytes_max) + " bytes");
  if (!is_utf8(name)) return bad("must be valid UTF-8");
  if (has_control(name)) return bad("must not have control characters");
  return {};
}

}  // namespace

Result<void> check_namespace_name(std::string_view name) {
  if (auto checked = check_name("namespace name", name, namespace_name_bytes_max); !checked) return checked;
  if (name.find('/') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "namespace name must not have a '/'");
  return {};
}

Result<void> check_topic_name(std::string_view name) {
  return check_name("topic name", name, topic_name_bytes_max);
}

}  // namespace hark
