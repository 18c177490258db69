#include "cli/command.h"
#include "cli/serve_command.h"

namespace hark::cli {

std::vector<std::unique_ptr<Command>> make_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<ServeCommand>());
  return commands;
}

}  // namespace hark::cli
