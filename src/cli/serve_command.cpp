#include "cli/serve_command.h"

namespace hark::cli {
namespace {

constexpr const char* examples = R"(Examples:
  hark serve --dev                         a bus on 127.0.0.1:8080 for this machine alone
  hark serve --dev --listen 127.0.0.1:0    on a free port, which it prints
  hark serve --dev --cores 1 --data-dir /tmp/hark
Then: curl http://127.0.0.1:8080/readyz)";

}  // namespace

CLI::App* ServeCommand::add_to(CLI::App& program) {
  CLI::App& app = *program.add_subcommand("serve", "Run the server in the foreground until SIGTERM");
  app.add_flag("--dev", options_.dev,
               "for development: no authentication, loopback only. Required until tokens exist");
  app.add_option("--listen", options_.listen, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  app.add_option("--data-dir", options_.data_dir,
                 "what must outlive the process, used by one process at a time\n(default: " +
                     server::default_data_dir() + ")")
      ->type_name("DIR");
  app.add_option("--cores", options_.cores, "threads that serve, each on its own (default: all CPUs)")
      ->check(CLI::Range(std::size_t{1}, server::cores_max))
      ->type_name("N");
  app.footer(examples);
  return &app;
}

}  // namespace hark::cli
