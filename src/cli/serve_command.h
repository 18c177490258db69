#pragma once

#include "cli/command.h"
#include "cli/setting_options.h"

namespace hark::cli {

/// `hark serve`: the server, in the foreground.
class ServeCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override;

 private:
  SettingOptions options_;
};

}  // namespace hark::cli
