#include "cli/style.h"

#include <cstdlib>

#include "runtime/terminal.h"

namespace hark::cli {
namespace {

bool wants_none() {
  if (const char* no = std::getenv("NO_COLOR"); no && *no) return true;
  const char* terminal = std::getenv("TERM");
  return !terminal || std::string_view(terminal) == "dumb";
}

}  // namespace

Style::Style(int fd) : colors_(runtime::is_terminal(fd) && !wants_none()) {}

std::string Style::paint(Color color, std::string_view text) const {
  if (!colors_) return std::string(text);
  constexpr std::string_view codes[] = {"31", "32", "33"};
  return "\x1b[" + std::string(codes[static_cast<int>(color)]) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace hark::cli
