#include "config/load.h"

#include "config/registry.h"

namespace hark::config {
namespace {

std::string unknown(const Source::Said& said) {
  std::string problem = said.where + ": there is no setting " + escaped(said.key);
  const std::string_view near = nearest_key(said.key);
  if (!near.empty()) problem.append("; did you mean ").append(near).append("?");
  return problem;
}

void put(const Source::Said& said, Loaded& loaded) {
  const Setting* const setting = find_setting(said.key);
  if (!setting) return loaded.problems.push_back(unknown(said));
  if (auto assigned = setting->assign(loaded.settings, said.text); !assigned) {
    return loaded.problems.push_back(said.where + ": " + said.key + " " + assigned.error().context +
                                     ", not \"" + escaped(said.text) + "\"");
  }
  loaded.where[said.key] = said.where;
}

}  // namespace

Loaded load(const std::vector<Source>& rising) {
  Loaded loaded;
  for (const Source& source : rising) {
    loaded.problems.insert(loaded.problems.end(), source.problems.begin(), source.problems.end());
    for (const Source::Said& said : source.said) put(said, loaded);
  }
  for (std::string& sentence : contradictions(loaded.settings))
    loaded.problems.push_back(std::move(sentence));
  return loaded;
}

void lower_to_machine(Loaded& loaded, const Limits& machine) {
  for (const Setting& setting : all_settings()) {
    const auto* const place = std::get_if<std::size_t Limits::*>(&setting.place);
    if (setting.by_machine && place && !loaded.where.contains(setting.key))
      loaded.settings.limits.*(*place) = machine.*(*place);
  }
}

Changes changes_between(const Settings& running, const Settings& wanted) {
  Changes changes;
  for (const Setting& setting : all_settings()) {
    const std::string before = setting.show(running), after = setting.show(wanted);
    if (before == after) continue;
    (setting.reloads ? changes.taken : changes.waiting)
        .push_back(std::string(setting.key) + ": " + escaped(before) + " -> " + escaped(after));
  }
  return changes;
}

}  // namespace hark::config
