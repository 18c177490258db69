#pragma once

#include "cli/command.h"

namespace hark::cli {

/// `hark completion SHELL`: a script that completes hark's command line.
class CompletionCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override;

 private:
  const CLI::App* program_ = nullptr;
  std::string shell_;
};

}  // namespace hark::cli
