#pragma once

#include <optional>
#include <string>
#include <variant>

#include "model/error.h"

namespace hark::server {

/// What `hark serve` was told.
struct ServeOptions {
  bool dev = false;
  std::string listen = "127.0.0.1:8080";
  std::string data_dir;  ///< empty: default_data_dir()
  std::size_t cores = 0;  ///< 0: as many as the process may use
};

inline constexpr std::size_t cores_max = 128;

/// Either what to serve, or the exit code of a run that has said all it had to say (help, bad usage).
std::variant<ServeOptions, int> parse_command_line(int argc, char** argv);

/// $XDG_STATE_HOME/hark, else ~/.local/state/hark, else ./hark-data.
std::string default_data_dir();

/// Exit codes (sysexits.h).
inline constexpr int exit_usage = 64, exit_unavailable = 69, exit_config = 78;

}  // namespace hark::server
