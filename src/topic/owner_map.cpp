#include "topic/owner_map.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace hark::topic {
namespace {

// The finalizer of SplitMix64: each bit of the input reaches each bit of the output.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t draw(std::uint64_t path_hash, std::size_t core) {
  return mix(path_hash + (core + 1) * 0x9e3779b97f4a7c15);
}

}  // namespace

OwnerMap::OwnerMap(std::uint64_t version, std::vector<double> weights)
    : version_(version),
      weights_(std::move(weights)),
      equal_weights_(
          std::all_of(weights_.begin(), weights_.end(), [&](double w) { return w == weights_.front(); })) {
  HARK_CHECK(std::any_of(weights_.begin(), weights_.end(), [](double w) { return w > 0; }));
}

CoreId OwnerMap::owner_of(std::uint64_t path_hash) const {
  std::size_t best = 0;
  if (equal_weights_) {
    // -w / ln(u) rises with u, so with equal weights the greatest draw wins, without logarithms.
    std::uint64_t best_draw = draw(path_hash, 0);
    for (std::size_t core = 1; core < weights_.size(); ++core)
      if (const auto drawn = draw(path_hash, core); drawn > best_draw) best = core, best_draw = drawn;
    return static_cast<CoreId>(best);
  }
  double best_score = -1;
  for (std::size_t core = 0; core < weights_.size(); ++core) {
    if (weights_[core] <= 0) continue;
    const double u = (static_cast<double>(draw(path_hash, core) >> 11) + 0.5) * 0x1p-53;
    const double score = -weights_[core] / std::log(u);
    if (score > best_score) best = core, best_score = score;
  }
  return static_cast<CoreId>(best);
}

}  // namespace hark::topic
