#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "config/load.h"

namespace hark::cli {

/// The options of commands that need a server's settings: the file, and what flags say over it.
class SettingOptions {
 public:
  void add_to(CLI::App& app);

  /// Reads file, environment and flags. Problems are in it; nothing is printed.
  config::Loaded load() const;
  /// The file that is read; empty: none.
  std::string file() const;

 private:
  std::string file_;
  bool dev_ = false;
  std::string listen_, data_dir_, cores_, log_level_;
  std::vector<std::string> sets_;
};

/// Says each problem on stderr. The exit code: 0 without any, else EX_CONFIG.
int say_problems(const config::Loaded& loaded);

}  // namespace hark::cli
