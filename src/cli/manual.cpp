#include "cli/manual.h"

#include <fmt/format.h>

#include "cli/roff.h"
#include "config/document.h"
#include "config/registry.h"
#include "server/exit_codes.h"
#include "server/version.h"

namespace hark::cli {
namespace {

constexpr const char* settings_page = "hark.toml.5";

Roff begin_page(std::string_view name, int section, std::string_view words) {
  Roff page(name, section, server::version_date, "hark " + std::string(server::version));
  page.section("NAME");
  // mandoc and apropos read this line: name - what it is.
  page.paragraph(fmt::format("{} - {}", name, words));
  return page;
}

std::string page_of(const CommandEntry& command) {
  return command.path.find(' ') == std::string::npos ? command.name : "hark-" + command.name;
}

std::string synopsis_of(const CommandEntry& command) {
  std::string line = command.path + " [OPTION]...";
  if (!command.commands.empty()) line += " COMMAND";
  for (const OptionEntry& place : command.places) {
    const std::string word = place.value + (place.repeats ? "..." : "");
    line += place.required ? " " + word : " [" + word + "]";
  }
  return line;
}

void write_options(Roff& page, const CommandEntry& command) {
  for (const OptionEntry& option : command.options)
    page.item(fmt::format("{}", fmt::join(option.names, ", ")), option.value, option.words);
  for (const OptionEntry& place : command.places) page.item("", place.value, place.words);
}

void write_environment(Roff& page) {
  page.section("ENVIRONMENT");
  page.item("HARK_CONFIG", "", "The file of settings, if --config names none.");
  page.item("HARK_...", "",
            "Every setting: HARK_LIMITS_TOPICS_MAX is limits.topics_max. With _FILE at the end it names a "
            "file that has the value. See hark.toml(5).");
  page.item("NO_COLOR", "", "Set to anything: no colours. They are for terminals only, anyway.");
  page.item("XDG_STATE_HOME", "", "Where data lies by default: hark in it.");
}

void write_exit_codes(Roff& page) {
  page.section("EXIT STATUS");
  for (const auto& [code, words] : server::exit_codes) page.item(std::to_string(code), "", words);
}

/// hark(1): the program and all its commands.
std::string program_page(const CommandEntry& program) {
  Roff page = begin_page(program.name, 1, "a real-time event bus");
  page.section("SYNOPSIS");
  page.verbatim(synopsis_of(program));
  page.section("DESCRIPTION");
  page.paragraph(program.words);
  page.section("COMMANDS");
  for (const CommandEntry& command : program.commands) page.item(command.name, "", command.words);
  page.section("OPTIONS");
  write_options(page, program);
  page.section("EXAMPLES");
  page.help_text(program.examples);
  write_environment(page);
  page.section("FILES");
  page.item("/etc/hark/hark.toml", "", "Settings, if --config and HARK_CONFIG name none.");
  write_exit_codes(page);
  std::string others;
  for (const CommandEntry& command : program.commands)
    others += fmt::format("\\fB{}\\fR(1),\n", "hark\\-" + command.name);
  page.references(others + "\\fBhark.toml\\fR(5)");
  return page.take();
}

/// hark-config(1): a command, and those below it as parts of the page.
std::string command_page(const CommandEntry& command) {
  Roff page = begin_page(page_of(command), 1, command.words);
  page.section("SYNOPSIS");
  std::string lines;
  if (command.commands.empty()) lines = synopsis_of(command);
  for (const CommandEntry& below : command.commands) lines += synopsis_of(below) + "\n";
  page.verbatim(lines);
  page.section("OPTIONS");
  write_options(page, command);
  for (const CommandEntry& below : command.commands) {
    page.section(below.path);
    page.paragraph(below.words + ".");
    write_options(page, below);
  }
  if (!command.examples.empty()) {
    page.section("EXAMPLES");
    page.help_text(command.examples);
  }
  write_exit_codes(page);
  page.references("\\fBhark\\fR(1), \\fBhark.toml\\fR(5)");
  return page.take();
}

/// hark.toml(5): every setting.
std::string settings() {
  Roff page = begin_page("hark.toml", 5, "the settings of hark");
  page.section("DESCRIPTION");
  page.paragraph(
      "A setting is said, in rising order: in a file in TOML, by the environment, by a flag. The file is named by "
      "--config, else by HARK_CONFIG, else it is /etc/hark/hark.toml if that is there.");
  page.paragraph(
      "hark config check says what is wrong with a file, all of it; hark config show what holds and who said it; "
      "hark config doc prints a file with every default. SIGHUP takes what is marked \"reloads\", and says what "
      "else has changed and waits for a new start; a file with a mistake changes nothing.");
  page.section("SETTINGS");
  const config::Settings defaults;
  for (const config::Setting& setting : config::all_settings())
    page.item(setting.key, fmt::format("({}, {})", setting.environment_name(), config::range_of(setting)),
              fmt::format("{} Default: {}.{}", config::notes_of(setting), setting.show_toml(defaults),
                          setting.reloads ? " Reloads." : ""));
  page.section("EXAMPLES");
  page.verbatim(
      "dev = true\nlisten = \"127.0.0.1:8080\"\n\n[limits]\nmessage_bytes_max = \"64KiB\"\nreplay_age_max = \"1h\"");
  page.references("\\fBhark\\fR(1), \\fBhark\\-config\\fR(1)");
  return page.take();
}

}  // namespace

std::vector<std::string> manual_pages(const CommandEntry& program) {
  std::vector<std::string> names{program.name + ".1"};
  for (const CommandEntry& command : program.commands) names.push_back(page_of(command) + ".1");
  names.emplace_back(settings_page);
  return names;
}

std::optional<std::string> manual_page(const CommandEntry& program, const std::string& name) {
  if (name == program.name + ".1") return program_page(program);
  if (name == settings_page) return settings();
  for (const CommandEntry& command : program.commands)
    if (name == page_of(command) + ".1") return command_page(command);
  return std::nullopt;
}

}  // namespace hark::cli
