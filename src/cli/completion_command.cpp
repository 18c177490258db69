#include "cli/completion_command.h"

#include <iostream>

#include "cli/completion.h"

namespace hark::cli {
namespace {

constexpr const char* examples = R"(Examples:
  source <(hark completion bash)
  hark completion bash > ~/.local/share/bash-completion/completions/hark
  hark completion zsh > "${fpath[1]}/_hark"
  hark completion fish > ~/.config/fish/completions/hark.fish)";

}  // namespace

CLI::App* CompletionCommand::add_to(CLI::App& program) {
  program_ = &program;
  CLI::App& app = *program.add_subcommand("completion", "Print a script that completes hark's command line");
  app.add_option("shell", shell_, "whose: bash, zsh or fish")
      ->type_name("SHELL")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.footer(examples);
  return &app;
}

int CompletionCommand::run() {
  const CommandEntry program = describe(*program_);
  if (shell_ == "bash")
    std::cout << bash_completion(program);
  else if (shell_ == "zsh")
    std::cout << zsh_completion(program);
  else
    std::cout << fish_completion(program);
  return 0;
}

}  // namespace hark::cli
