#pragma once

#include <memory>
#include <string>
#include <vector>

namespace hark {

/// What operators decide of HTTP, as one immutable snapshot: a reload gives each core the next.
struct HttpSettings {
  /// Origins, "https://app.example" each, whose pages may publish and follow from a browser; "*": all of
  /// them. Pages that this server gave may always.
  std::vector<std::string> allowed_origins;
  friend bool operator==(const HttpSettings&, const HttpSettings&) = default;
};
using HttpSettingsRef = std::shared_ptr<const HttpSettings>;

}  // namespace hark
