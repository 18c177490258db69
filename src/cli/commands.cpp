#include "cli/command.h"
#include "cli/completion_command.h"
#include "cli/config_command.h"
#include "cli/doctor_command.h"
#include "cli/man_command.h"
#include "cli/serve_command.h"

namespace hark::cli {

std::vector<std::unique_ptr<Command>> make_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<ServeCommand>());
  commands.push_back(std::make_unique<ConfigCommand>());
  commands.push_back(std::make_unique<DoctorCommand>());
  commands.push_back(std::make_unique<CompletionCommand>());
  commands.push_back(std::make_unique<ManCommand>());
  return commands;
}

}  // namespace hark::cli
