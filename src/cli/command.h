#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

namespace hark::cli {

/// One subcommand of `hark`: what it takes, and what it does.
class Command {
 public:
  virtual ~Command() = default;
  /// Adds it, with its options, its help and examples, to the program. The one added, owned by `program`.
  virtual CLI::App* add_to(CLI::App& program) = 0;
  /// Does it, with the options that were parsed. The exit code of the process.
  virtual int run() = 0;
};

/// All of them, in the order in which help lists them.
std::vector<std::unique_ptr<Command>> make_commands();

}  // namespace hark::cli
