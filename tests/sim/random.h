#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/instant.h"

namespace hark::sim {

/// Every choice of a history comes from one of these: the same seed, the same history, on every machine.
/// (SplitMix64; the standard library's distributions differ between implementations.)
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// 0 ... count - 1. Requires count >= 1.
  std::uint64_t below(std::uint64_t count) { return next() % count; }
  /// from ... to, both included.
  std::uint64_t between(std::uint64_t from, std::uint64_t to) { return from + below(to - from + 1); }
  Duration between(Duration from, Duration to) {
    return from +
           Duration(static_cast<std::int64_t>(below(static_cast<std::uint64_t>((to - from).count()) + 1)));
  }
  bool percent(std::uint64_t share) { return below(100) < share; }
  template <typename T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + below(choices.size()));
  }
  /// The index of one of `weights`, each as likely as its weight says.
  std::size_t pick(std::initializer_list<std::uint64_t> weights) {
    std::uint64_t sum = 0;
    for (const std::uint64_t weight : weights) sum += weight;
    std::uint64_t at = below(sum);
    std::size_t index = 0;
    for (const std::uint64_t weight : weights) {
      if (at < weight) break;
      at -= weight;
      ++index;
    }
    return index;
  }
  /// A generator of its own for one part, so that one part's choices do not shift another's.
  Random fork() { return Random(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace hark::sim
