#include "config/registry.h"
#include "config/source.h"

namespace hark::config {
namespace {

/// What `variables` says under `name`; null: nothing.
const std::string* find(Variables variables, std::string_view name) {
  for (const auto& [key, value] : variables)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace

Source read_environment(Variables variables, const ReadFile& read_file) {
  Source source;
  for (const Setting& setting : all_settings()) {
    const std::string name = setting.environment_name(), file_name = name + "_FILE";
    const std::string* const value = find(variables, name);
    const std::string* const path = find(variables, file_name);
    if (value && path) {
      std::string problem = name;
      problem.append(" and ").append(file_name).append(" are both set: one of them says the value");
      source.problems.push_back(std::move(problem));
    } else if (value) {
      source.said.push_back({std::string(setting.key), *value, name});
    } else if (path) {
      auto text = read_file(*path);
      if (!text) {
        source.problems.push_back(file_name + ": " + text.error().context);
        continue;
      }
      if (text->ends_with('\n')) text->pop_back();
      if (text->ends_with('\r')) text->pop_back();
      std::string where = file_name;
      where.append(" (").append(*path).append(")");
      source.said.push_back({std::string(setting.key), *std::move(text), std::move(where)});
    }
  }
  return source;
}

}  // namespace hark::config
