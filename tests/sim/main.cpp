#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <thread>

#include "base/log.h"
#include "tests/sim/runner.h"

int main(int argc, char** argv) {
  CLI::App app{"hark_sim: whole histories of the engine in one thread, on virtual time, each from a seed"};
  hark::sim::Wish wish;
  wish.jobs = std::max(1U, std::thread::hardware_concurrency());
  bool part = false;
  auto* histories = app.add_option("--histories", wish.histories, "how many (1)");
  app.add_option("--seed,--first-seed", wish.seed, "the seed of the first (1)");
  app.add_option("--jobs", wish.jobs, "histories at a time");
  app.add_option("--failures", wish.failures_max, "stop after so many failed ones (5)");
  app.add_flag("--verbose", wish.verbose, "print the log of every history");
  app.add_flag("--twice", wish.twice, "run each history twice and compare the logs");
  app.add_flag("--need-all", wish.need_all,
               "fail when something never occurred that has to (from 500 histories on by itself)");
  app.add_flag("--part", part, "do not ask for all that has to occur, however many histories");
  CLI11_PARSE(app, argc, argv);
  hark::set_log_level(hark::LogLevel::off);
  if (!part && histories->count() > 0 && wish.histories >= 500) wish.need_all = true;
  return hark::sim::run(wish);
}
