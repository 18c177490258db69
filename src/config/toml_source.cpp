#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "config/source.h"

namespace hark::config {
namespace {

std::string place(std::string_view name, const toml::source_position& at) {
  return std::string(name) + ":" + std::to_string(at.line);
}

/// A value as the environment would say it; none for what no setting is.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  const auto* list = node.as_array();
  if (!list) return std::nullopt;
  std::string joined;
  for (const toml::node& one : *list) {
    const auto* text = one.as_string();
    if (!text || text->get().find(',') != std::string::npos) return std::nullopt;
    joined.append(joined.empty() ? "" : ",").append(text->get());
  }
  return joined;
}

struct Value {
  std::string key;
  const toml::node* node;
};

/// All values, of tables in tables too.
void flatten(const toml::table& table, const std::string& prefix, std::vector<Value>& into) {
  for (const auto& [key, node] : table) {
    const std::string whole = prefix + std::string(key.str());
    if (const auto* inner = node.as_table())
      flatten(*inner, whole + ".", into);
    else
      into.push_back({whole, &node});
  }
}

}  // namespace

Source read_toml(std::string_view text, std::string_view name) {
  Source source;
  try {
    const toml::table table = toml::parse(text);
    std::vector<Value> values;
    flatten(table, "", values);
    // As a person reads the file.
    std::stable_sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
      return a.node->source().begin.line < b.node->source().begin.line;
    });
    for (const Value& value : values) {
      const std::string where = place(name, value.node->source().begin);
      if (auto said = text_of(*value.node))
        source.said.push_back({value.key, *std::move(said), where});
      else
        source.problems.push_back(where + ": " + value.key +
                                  " is a text, a whole number, true, false or a list of texts");
    }
  } catch (const toml::parse_error& error) {
    source.problems.push_back(place(name, error.source().begin) + ": " + std::string(error.description()));
  }
  return source;
}

}  // namespace hark::config
