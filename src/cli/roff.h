#pragma once

#include <string>
#include <string_view>

namespace hark::cli {

/// Writes a manual page: the macros of man(7), with all text escaped.
class Roff {
 public:
  /// `name` and `section` as in "hark-serve(1)"; `date` as 2026-11-25; `source`: "hark 0.1.0".
  Roff(std::string_view name, int section, std::string_view date, std::string_view source);

  void section(std::string_view title);
  void paragraph(std::string_view words);
  /// Indented `words` under `head`, which stands in bold up to `plain`, which follows in italics.
  void item(std::string_view head, std::string_view plain, std::string_view words);
  /// Lines as they are.
  void verbatim(std::string_view lines);
  /// As help ends: "Examples:", lines that begin with blanks as they are, others as paragraphs.
  void help_text(std::string_view lines);
  /// "hark-serve(1)" and the like, in one line.
  void references(const std::string& names);

  std::string take() { return std::move(page_); }

 private:
  void begin_block();
  void text(std::string_view words);
  void line(std::string_view text);
  std::string page_;
};

}  // namespace hark::cli
