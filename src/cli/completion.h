#pragma once

#include "cli/command_tree.h"

namespace hark::cli {

// Scripts that complete a command line of the program.

std::string bash_completion(const CommandEntry& program);
std::string zsh_completion(const CommandEntry& program);
std::string fish_completion(const CommandEntry& program);

}  // namespace hark::cli
