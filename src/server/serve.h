#pragma once

#include <functional>
#include <string>

#include "config/load.h"

namespace hark::server {

/// Serves until SIGTERM or SIGINT, in the calling thread and one a core. `loaded` has no problems;
/// `load_again` is called for each SIGHUP. The exit code of the process; what is wrong is said on stderr.
int serve(config::Loaded loaded, const std::function<config::Loaded()>& load_again);

/// $XDG_STATE_HOME/hark, else ~/.local/state/hark, else ./hark-data.
std::string default_data_dir();

}  // namespace hark::server
