#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace hark {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// HELP text escapes backslash and newline; label values the double quote too.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quoted) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
  HARK_CHECK_MSG(is_name(name), name);
  HARK_CHECK_MSG(name.ends_with("_total") == (type == Type::counter), name);
  HARK_CHECK_MSG(std::find(families_.begin(), families_.end(), name) == families_.end(), name);
  families_.emplace_back(name);
  text_ += fmt::format("# HELP {} ", name);
  append_escaped(text_, help, false);
  text_ += fmt::format("\n# TYPE {} {}\n", name, type == Type::counter ? "counter" : "gauge");
}

void MetricsText::sample(Labels labels, std::uint64_t value) { series(labels, fmt::format("{}", value)); }

void MetricsText::sample(Labels labels, double value) {
  if (std::isnan(value)) return series(labels, "NaN");
  if (std::isinf(value)) return series(labels, value > 0 ? "+Inf" : "-Inf");
  series(labels, fmt::format("{}", value));
}

void MetricsText::series(Labels labels, std::string_view value) {
  HARK_CHECK(!families_.empty());
  text_ += families_.back();
  char separator = '{';
  for (const Label& label : labels) {
    HARK_CHECK_MSG(is_name(label.name), label.name);
    text_ += separator;
    text_ += label.name;
    text_ += "=\"";
    append_escaped(text_, label.value, true);
    text_ += '"';
    separator = ',';
  }
  if (labels.size() > 0) text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

std::string MetricsText::take() {
  families_.clear();
  return std::exchange(text_, {});
}

}  // namespace hark
