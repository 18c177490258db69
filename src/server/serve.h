#pragma once

#include <string>

namespace hark::server {

/// What `hark serve` was told.
struct ServeOptions {
  bool dev = false;
  std::string listen = "127.0.0.1:8080";
  std::string data_dir;   ///< empty: default_data_dir()
  std::size_t cores = 0;  ///< 0: as many as the process may use
};

inline constexpr std::size_t cores_max = 128;

/// Serves until SIGTERM or SIGINT, in the calling thread and one a core. The exit code of the process; what
/// is wrong is said on stderr.
int serve(ServeOptions options);

/// $XDG_STATE_HOME/hark, else ~/.local/state/hark, else ./hark-data.
std::string default_data_dir();

}  // namespace hark::server
