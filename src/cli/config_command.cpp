#include "cli/config_command.h"

#include <iostream>

#include "config/document.h"
#include "server/exit_codes.h"

namespace hark::cli {
namespace {

constexpr const char* examples = R"(Examples:
  hark config doc > hark.toml              a whole file, every default a comment
  hark config check --config hark.toml     what is wrong with it, all of it
  hark config show                         what holds, and who said it
  HARK_CORES=2 hark config show --json)";

}  // namespace

CLI::App* ConfigCommand::add_to(CLI::App& program) {
  CLI::App& app = *program.add_subcommand("config", "Check, show and explain settings");
  app.require_subcommand(1);
  app.footer(examples);
  check_ = app.add_subcommand("check", "Say what is wrong with the settings; exit code 78 if anything is");
  check_options_.add_to(*check_);
  show_ = app.add_subcommand("show", "Print the settings that hold, and where each was said");
  show_options_.add_to(*show_);
  show_->add_flag("--json", json_, "as one JSON object");
  CLI::App* const doc = app.add_subcommand("doc", "Print every setting with its default and what it means");
  doc->add_flag("--markdown", markdown_, "as a page, not as a file of settings");
  return &app;
}

int ConfigCommand::run() {
  if (check_->parsed()) return check();
  return show_->parsed() ? show() : doc();
}

int ConfigCommand::check() const {
  const config::Loaded loaded = check_options_.load();
  const int code = say_problems(loaded);
  const std::string file = check_options_.file();
  if (code == 0)
    std::cerr << "hark: " << (file.empty() ? "the settings are" : escaped(file) + " is") << " good\n";
  return code;
}

int ConfigCommand::show() const {
  const config::Loaded loaded = show_options_.load();
  if (const int code = say_problems(loaded); code != 0) return code;
  std::cout << (json_ ? config::show_json(loaded) : config::show_toml(loaded));
  return 0;
}

int ConfigCommand::doc() const {
  std::cout << (markdown_ ? config::markdown_document() : config::toml_document());
  return 0;
}

}  // namespace hark::cli
