#pragma once

#include <cstdint>

namespace hark::sim {

struct Wish {
  std::uint64_t seed = 1;
  std::uint64_t histories = 1;
  unsigned jobs = 1;
  std::uint64_t failures_max = 5;
  bool verbose = false;
  bool twice = false;     ///< each history must give the same log again
  bool need_all = false;  ///< what has to occur did occur
};

/// Runs the histories in processes of their own, so that one that dies is a failed history and no more.
/// Prints progress, what failed and how to repeat it, and "N passed, N failed". The exit code of the program.
int run(const Wish& wish);

}  // namespace hark::sim
