#pragma once

#include <string>

#include "base/log.h"
#include "model/http_settings.h"
#include "model/limits.h"

namespace hark::config {

inline constexpr std::size_t cores_max = 128;

/// Everything that an operator can say of a server, with what holds when nothing is said. Each member is a
/// row of the table in registry.h, which has its words.
struct Settings {
  bool dev = false;
  std::string listen = "127.0.0.1:8080";
  std::string data_dir;   ///< empty: where the system keeps such things
  std::size_t cores = 0;  ///< 0: as many as the process may use
  LogLevel log_level = LogLevel::info;
  HttpSettings http;
  Limits limits;
};

}  // namespace hark::config
