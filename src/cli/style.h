#pragma once

#include <string>
#include <string_view>

namespace hark::cli {

/// Colours for people, never for programs: only on a terminal that is not dumb, and not where NO_COLOR is set
/// to anything (no-color.org).
class Style {
 public:
  enum class Color { red, green, yellow };
  /// `fd`: where the text goes, 1 or 2.
  explicit Style(int fd);
  std::string paint(Color color, std::string_view text) const;

 private:
  bool colors_;
};

}  // namespace hark::cli
