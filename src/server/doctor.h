#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "runtime/directory_facts.h"
#include "runtime/machine_facts.h"

namespace hark::server {

/// What a server would find here.
struct Surroundings {
  config::Settings settings;  ///< as serve() would take them: with a data directory, cores and budgets
  bool default_data_dir = false;  ///< nobody said another, so serve() makes its parents
  std::size_t wanted = 0;         ///< connections
  runtime::MachineFacts machine;
  runtime::DirectoryFacts data;
  std::string listen_problem;     ///< why the address cannot be had; empty: it can
};

/// Asks the machine. Blocks on the disk, binds the address for a moment. `loaded` has no problems.
Surroundings look_around(config::Loaded loaded, std::size_t wanted);

/// One thing that was looked at.
struct Finding {
  enum class State : std::uint8_t {
    good,
    unknown,  ///< this machine does not tell
    warning,  ///< it works, with less than it could
    failure,  ///< hark cannot serve so
  };
  std::string name;
  State state = State::good;
  std::string says;
  std::optional<std::size_t> connections;  ///< the most that this one thing allows
  std::vector<std::string> commands;       ///< what changes it, for a shell
};
std::string_view name_of(Finding::State state);

struct Diagnosis {
  std::vector<Finding> findings;
  std::size_t connections = 0;  ///< that all of it together allows
  std::string bound_by;         ///< the finding that allows the fewest
  Finding::State worst() const;
};

/// Judges. Pure: the same surroundings give the same diagnosis.
Diagnosis examine(const Surroundings& around);

}  // namespace hark::server
