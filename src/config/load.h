#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/settings.h"
#include "config/source.h"

namespace hark::config {

/// The settings that hold, and where each that was said was said last.
struct Loaded {
  Settings settings;
  std::map<std::string, std::string, std::less<>> where;  ///< by key; absent: the default
  std::vector<std::string> problems;                      ///< all of them, not only the first
};

/// Puts sources over each other, in rising order. Unknown keys, values that are none and values that
/// contradict each other are problems: a sentence each, with the place and what may have been meant.
Loaded load(const std::vector<Source>& rising);

/// Takes `machine`'s value for every limit that the machine lowers and that nobody has said.
void lower_to_machine(Loaded& loaded, const Limits& machine);

/// A change that a reload found.
struct Changes {
  std::vector<std::string> taken;    ///< "log.level: info -> debug"
  std::vector<std::string> waiting;  ///< likewise, of settings that only a new start takes
};
Changes changes_between(const Settings& running, const Settings& wanted);

}  // namespace hark::config
