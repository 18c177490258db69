#pragma once

#include "cli/command.h"
#include "server/serve.h"

namespace hark::cli {

/// `hark serve`: the server, in the foreground.
class ServeCommand final : public Command {
 public:
  CLI::App* add_to(CLI::App& program) override;
  int run() override { return server::serve(options_); }

 private:
  server::ServeOptions options_;
};

}  // namespace hark::cli
