#include "cli/command_tree.h"

#include <algorithm>

#include "config/registry.h"

namespace hark::cli {
namespace {

/// "FILE" of "FILE", "N" of "N:UINT in [1 - 5]", "SHELL" of "SHELL:{bash,zsh}": the parser appends its
/// checks.
std::string value_name(const CLI::Option& option) {
  std::string name = option.get_type_name();
  if (name.find_first_of(" {") != std::string::npos) name.resize(std::min(name.find(':'), name.size()));
  return name;
}

std::vector<std::string> setting_keys() {
  std::vector<std::string> keys;
  for (const config::Setting& setting : config::all_settings())
    keys.push_back(std::string(setting.key) + "=");
  return keys;
}

/// What the name of a value tells of it.
Candidates candidates_of(const CLI::Option& option, const std::string& value) {
  using Kind = Candidates::Kind;
  if (value == "FILE") return {Kind::files, {}, false};
  if (value == "DIR") return {Kind::directories, {}, false};
  if (value == "LEVEL") return {Kind::words, {"debug", "info", "warn", "error", "off"}, false};
  if (value == "KEY=VALUE") return {Kind::words, setting_keys(), true};
  // CLI::IsMember says what there is: "SHELL:{bash,zsh,fish}".
  const std::string all = option.get_type_name();
  const std::size_t open = all.find(":{");
  if (open == std::string::npos || all.back() != '}') return {};
  Candidates candidates{Kind::words, {}, false};
  std::string rest = all.substr(open + 2, all.size() - open - 3);
  for (std::size_t comma = 0; comma != std::string::npos;) {
    comma = rest.find(',');
    candidates.words.push_back(rest.substr(0, comma));
    rest.erase(0, comma == std::string::npos ? comma : comma + 1);
  }
  return candidates;
}

OptionEntry describe_option(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) entry.value = value_name(option);
  entry.words = option.get_description();
  std::replace(entry.words.begin(), entry.words.end(), '\n', ' ');
  entry.required = option.get_required();
  entry.repeats = option.get_items_expected_max() > 1 ||
                  option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  entry.candidates = candidates_of(option, entry.value);
  return entry;
}

CommandEntry describe_command(const CLI::App& app, const std::string& above) {
  CommandEntry entry;
  entry.name = app.get_name();
  entry.path = above + entry.name;
  entry.words = app.get_description();
  entry.examples = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    (option->get_positional() ? entry.places : entry.options).push_back(describe_option(*option));
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!below->get_group().empty()) entry.commands.push_back(describe_command(*below, entry.path + " "));
  return entry;
}

}  // namespace

CommandEntry describe(const CLI::App& program) { return describe_command(program, ""); }

}  // namespace hark::cli
