#include "cli/man_command.h"

#include <iostream>

#include "base/log.h"
#include "cli/manual.h"
#include "server/exit_codes.h"

namespace hark::cli {
namespace {

constexpr const char* examples = R"(Examples:
  hark man | man -l -                  hark(1)
  hark man hark-serve.1 | man -l -     one of the others
  hark man --list                      all there are
  hark man hark.toml.5 > /usr/local/share/man/man5/hark.toml.5)";

}  // namespace

CLI::App* ManCommand::add_to(CLI::App& program) {
  program_ = &program;
  CLI::App& app = *program.add_subcommand("man", "Print a manual page, as man reads it");
  app.add_option("page", page_, "which, as --list names them (default: hark.1)")->type_name("PAGE");
  app.add_flag("--list", list_, "print the names of all pages");
  app.footer(examples);
  return &app;
}

int ManCommand::run() {
  const CommandEntry program = describe(*program_);
  if (list_) {
    for (const std::string& name : manual_pages(program)) std::cout << name << "\n";
    return 0;
  }
  const auto page = manual_page(program, page_.empty() ? manual_pages(program).front() : page_);
  if (!page) {
    std::cerr << "hark: there is no page " << escaped(page_) << "; hark man --list names them\n";
    return server::exit_usage;
  }
  std::cout << *page;
  return 0;
}

}  // namespace hark::cli
