#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hark::runtime {

/// The process's environment, by name. To be read before any thread runs, as all of it.
std::vector<std::pair<std::string, std::string>> environment();

}  // namespace hark::runtime
