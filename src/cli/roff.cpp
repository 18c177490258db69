#include "cli/roff.h"

#include <fmt/format.h>

#include <algorithm>

namespace hark::cli {
namespace {

constexpr std::size_t text_width = 66;  // so that lines stay below 80, escaped as they are

/// So that a minus can be copied and nothing is taken for a macro (groff_char(7), groff_man_style(7)).
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '~': out += "\\(ti"; break;
      case '^': out += "\\(ha"; break;
      case '`': out += "\\(ga"; break;
      case '\'': out += "\\(aq"; break;
      case '"': out += "\\(dq"; break;
      case '\n': out += ' '; break;
      default: out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

}  // namespace

Roff::Roff(std::string_view name, int section, std::string_view date, std::string_view source)
    : page_(fmt::format(".TH {} {} {} \"{}\" \"User commands\"\n", escape(upper(name)), section, date,
                        escape(source))) {}

void Roff::section(std::string_view title) { page_ += ".SH " + escape(title) + "\n"; }

void Roff::paragraph(std::string_view words) {
  begin_block();
  text(words);
}

void Roff::item(std::string_view head, std::string_view plain, std::string_view words) {
  page_ += ".TP\n\\fB" + escape(head) + "\\fR";
  if (!plain.empty()) page_ += " \\fI" + escape(plain) + "\\fR";
  page_ += "\n";
  text(words);
}

void Roff::verbatim(std::string_view lines) {
  begin_block();
  page_ += ".EX\n";
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    line(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  page_ += ".EE\n";
}

void Roff::help_text(std::string_view lines) {
  std::string block;
  const auto flush = [&] {
    if (!block.empty()) verbatim(block);
    block.clear();
  };
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view one = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (one == "Examples:") continue;
    if (one.starts_with("  ")) {
      block.append(one.substr(2)).append("\n");
      continue;
    }
    flush();
    if (!one.empty()) paragraph(one);
  }
  flush();
}

void Roff::references(const std::string& names) {
  section("SEE ALSO");
  page_ += names + "\n";
}

void Roff::begin_block() {
  // A paragraph at the start of a section is one already.
  const std::size_t last = page_.rfind('\n', page_.size() - 2);
  if (page_.compare(last + 1, 3, ".SH") != 0) page_ += ".PP\n";
}

void Roff::text(std::string_view words) {
  std::string one;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(" \n"), words.size());
    if (!one.empty() && one.size() + 1 + end > text_width) {
      line(one);
      one.clear();
    }
    one.append(one.empty() ? "" : " ").append(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  if (!one.empty()) line(one);
}

void Roff::line(std::string_view text) { page_ += escape(text) + "\n"; }

}  // namespace hark::cli
