#include "cli/serve_command.h"

#include "server/serve.h"

namespace hark::cli {
namespace {

constexpr const char* examples = R"(Examples:
  hark serve --dev                         a bus on 127.0.0.1:8080 for this machine alone
  hark serve --dev --listen 127.0.0.1:0    on a free port, which it prints
  hark serve --dev --cores 1 --data-dir /tmp/hark
  hark serve --config hark.toml --set limits.message_bytes_max=64KiB
Then: curl http://127.0.0.1:8080/readyz
SIGTERM ends it in order, a second one at once; SIGHUP reads the settings again.)";

}  // namespace

CLI::App* ServeCommand::add_to(CLI::App& program) {
  CLI::App& app = *program.add_subcommand("serve", "Run the server in the foreground until SIGTERM");
  options_.add_to(app);
  app.footer(examples);
  return &app;
}

int ServeCommand::run() {
  config::Loaded loaded = options_.load();
  if (const int code = say_problems(loaded); code != 0) return code;
  return server::serve(std::move(loaded), [this] { return options_.load(); });
}

}  // namespace hark::cli
