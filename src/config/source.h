#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/error.h"

namespace hark::config {

/// What one place says of the settings, not yet judged by the table.
struct Source {
  struct Said {
    std::string key, text;
    std::string where;  ///< "hark.toml:12", "HARK_CORES", "--cores"
  };
  std::vector<Said> said;
  std::vector<std::string> problems;  ///< sentences, each with where it is
};

/// A TOML file's text. `name`: as problems call it. A text that is no TOML gives one problem with its line.
Source read_toml(std::string_view text, std::string_view name);

/// HARK_* variables: HARK_LIMITS_TOPICS_MAX=5 says limits.topics_max, HARK_LISTEN_FILE=path that the value is
/// in a file, without the newline at its end. Names that are no setting's are let be: others have names like
/// these (an orchestrator's HARK_PORT, for one).
using Variables = std::span<const std::pair<std::string, std::string>>;
using ReadFile = std::function<Result<std::string>(const std::string& path)>;
Source read_environment(Variables variables, const ReadFile& read_file);

}  // namespace hark::config
