#pragma once

#include "cli/command.h"
#include "cli/setting_options.h"

namespace hark::cli {

/// `hark config check|show|doc`: settings, without a server.
class ConfigCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override;

 private:
  int check() const;
  int show() const;
  int doc() const;

  SettingOptions check_options_, show_options_;
  bool json_ = false, markdown_ = false;
  CLI::App* check_ = nullptr;
  CLI::App* show_ = nullptr;
};

}  // namespace hark::cli
