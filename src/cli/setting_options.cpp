#include "cli/setting_options.h"

#include <cstdlib>
#include <iostream>

#include "runtime/environment.h"
#include "runtime/text_file.h"
#include "server/exit_codes.h"

namespace hark::cli {
namespace {

constexpr const char* system_file = "/etc/hark/hark.toml";
constexpr std::size_t file_bytes_max = 1 << 20;  // a thousand times what all settings need

config::Source read_file(const std::string& path) {
  if (path.empty()) return {};
  const auto text = runtime::read_text_file(path, file_bytes_max);
  if (!text) return {{}, {text.error().context}};
  return config::read_toml(*text, path);
}

config::Source read_sets(const std::vector<std::string>& sets) {
  config::Source source;
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos)
      source.problems.push_back("--set " + escaped(set) + ": it is KEY=VALUE");
    else
      source.said.push_back(
          {set.substr(0, equals), set.substr(equals + 1), "--set " + set.substr(0, equals)});
  }
  return source;
}

}  // namespace

void SettingOptions::add_to(CLI::App& app) {
  app.add_option("--config", file_,
                 "settings in TOML (default: $HARK_CONFIG, or /etc/hark/hark.toml if it is there)")
      ->type_name("FILE");
  app.add_flag("--dev", dev_,
               "for development: no authentication, loopback only. Required until tokens exist");
  app.add_option("--listen", listen_, "HOST:PORT; port 0 takes a free one (default: 127.0.0.1:8080)")
      ->type_name("HOST:PORT");
  app.add_option("--data-dir", data_dir_,
                 "what must outlive the process, used by one process at a time\n"
                 "(default: $XDG_STATE_HOME/hark, else ~/.local/state/hark)")
      ->type_name("DIR");
  app.add_option("--cores", cores_, "threads that serve, each on its own (default: all CPUs)")
      ->type_name("N");
  app.add_option("--log-level", log_level_, "debug, info, warn, error or off (default: info)")
      ->type_name("LEVEL");
  app.add_option("--set", sets_,
                 "any other setting, by its key: limits.topics_max=5 (hark config doc lists them)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
}

std::string SettingOptions::file() const {
  if (!file_.empty()) return file_;
  if (const char* named = std::getenv("HARK_CONFIG"); named && *named) return named;
  return runtime::file_exists(system_file) ? system_file : "";
}

config::Loaded SettingOptions::load() const {
  config::Source flags;
  if (dev_) flags.said.push_back({"dev", "true", "--dev"});
  const auto say = [&](const char* key, const std::string& value, const char* flag) {
    if (!value.empty()) flags.said.push_back({key, value, flag});
  };
  say("listen", listen_, "--listen");
  say("data_dir", data_dir_, "--data-dir");
  say("cores", cores_, "--cores");
  say("log.level", log_level_, "--log-level");
  const auto read = [](const std::string& path) { return runtime::read_text_file(path, file_bytes_max); };
  const auto variables = runtime::environment();
  return config::load(
      {read_file(file()), config::read_environment(variables, read), read_sets(sets_), flags});
}

int say_problems(const config::Loaded& loaded) {
  for (const std::string& problem : loaded.problems) std::cerr << "hark: " << problem << "\n";
  return loaded.problems.empty() ? 0 : server::exit_config;
}

}  // namespace hark::cli
