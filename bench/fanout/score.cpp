#include "bench/fanout/score.h"

#include <fmt/core.h>

namespace hark::bench {

void Score::wrong_message(std::uint64_t expected, std::uint64_t got) {
  die(fmt::format("a subscriber expected message {} and received {}", expected, got));
}

}  // namespace hark::bench
