#pragma once

#include "cli/command.h"

namespace hark::cli {

/// `hark man [PAGE]`: the manual pages.
class ManCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override;

 private:
  const CLI::App* program_ = nullptr;
  std::string page_;
  bool list_ = false;
};

}  // namespace hark::cli
