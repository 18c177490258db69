#pragma once

#include "cli/command.h"
#include "cli/setting_options.h"

namespace hark::cli {

/// `hark doctor`: what this machine gives a server, and what to change.
class DoctorCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override;

 private:
  SettingOptions options_;
  std::size_t wanted_ = 10'000;
  bool json_ = false;
};

}  // namespace hark::cli
