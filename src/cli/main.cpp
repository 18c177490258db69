#include <iostream>

#include "cli/command.h"
#include "server/exit_codes.h"
#include "server/version.h"

namespace {

constexpr const char* examples = R"(Examples:
  hark serve --dev          a bus on 127.0.0.1:8080 for this machine alone
  hark serve --help         what it takes)";

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("hark: a real-time event bus. Publish and subscribe on topics that need no setup.",
                   "hark");
  program.set_version_flag("--version", "hark " + std::string(hark::server::version));
  program.require_subcommand(1);
  program.footer(examples);
  const auto commands = hark::cli::make_commands();
  std::vector<CLI::App*> added;
  for (const auto& command : commands) added.push_back(command->add_to(program));
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // help or version
    const auto parsed = program.get_subcommands();
    const std::string of = parsed.empty() ? "" : " " + parsed.front()->get_name();
    std::cerr << "hark: " << error.what() << " (see hark" << of << " --help)\n";
    return hark::server::exit_usage;
  }
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (added[i]->parsed()) return commands[i]->run();
  return hark::server::exit_usage;
}
