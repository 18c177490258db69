#include <iostream>

#include "base/log.h"
#include "cli/command.h"
#include "server/exit_codes.h"
#include "server/version.h"

namespace {

constexpr const char* examples = R"(Examples:
  hark serve --dev          a bus on 127.0.0.1:8080 for this machine alone
  hark serve --help         what it takes
  hark doctor               what this machine gives it
  hark config show          the settings that hold)";

void say_usage(const CLI::App& program, const CLI::ParseError& error, std::string_view first) {
  const auto parsed = program.get_subcommands();
  // The parser would only say that a command is missing.
  const bool unknown = parsed.empty() && !first.empty() && first.front() != '-';
  std::cerr << "hark: " << (unknown ? "there is no command " + hark::escaped(first) : error.what());
  std::cerr << " (see hark" << (parsed.empty() ? "" : " " + parsed.front()->get_name()) << " --help)\n";
}

/// A full disk or a reader that has gone must not look like success.
int run(hark::cli::Command& command) {
  const int code = command.run();
  std::cout.flush();
  if (std::cout || code != 0) return code;
  std::cerr << "hark: stdout could not be written\n";
  return hark::server::exit_io;
}

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
    say_usage(program, error, argc > 1 ? argv[1] : "");
    return hark::server::exit_usage;
  }
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (added[i]->parsed()) return run(*commands[i]);
  return hark::server::exit_usage;
}
