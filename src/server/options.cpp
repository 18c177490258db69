#include "server/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "server/version.h"

namespace hark::server {
namespace {

constexpr const char* examples = R"(Examples:
  hark serve --dev                         a bus on 127.0.0.1:8080 for this machine alone
  hark serve --dev --listen 127.0.0.1:0    on a free port, which it prints
  hark serve --dev --cores 1 --data-dir /tmp/hark
Then: curl http://127.0.0.1:8080/readyz)";

void add_serve(CLI::App& app, ServeOptions& options) {
  app.add_flag("--dev", options.dev,
               "for development: no authentication, loopback only. Required until tokens exist");
  app.add_option("--listen", options.listen, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  app.add_option("--data-dir", options.data_dir,
                 "what must outlive the process, used by one process at a time\n(default: " +
                     default_data_dir() + ")")
      ->type_name("DIR");
  app.add_option("--cores", options.cores, "threads that serve, each on its own (default: all CPUs)")
      ->check(CLI::Range(std::size_t{1}, cores_max))
      ->type_name("N");
  app.footer(examples);
}

}  // namespace

std::variant<ServeOptions, int> parse_command_line(int argc, char** argv) {
  ServeOptions options;
  CLI::App app("hark: a real-time event bus. Publish and subscribe on topics that need no setup.", "hark");
  app.set_version_flag("--version", "hark " + std::string(version));
  app.require_subcommand(1);
  app.footer(examples);
  CLI::App* const serve = app.add_subcommand("serve", "Run the server in the foreground until SIGTERM");
  add_serve(*serve, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help or version
    std::cerr << "hark: " << error.what() << " (see hark serve --help)\n";
    return exit_usage;
  }
  return options;
}

std::string default_data_dir() {
  // Read once, before any thread runs.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) return std::string(state) + "/hark";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.local/state/hark";
  return "hark-data";
}

}  // namespace hark::server
