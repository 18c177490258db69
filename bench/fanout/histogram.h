#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hark::bench {

/// Counts of times in nanoseconds, in buckets that grow with the value: 64 linear steps for each
/// power of two, so that a percentile is at most 1.6 % above the truth. Fixed size, no allocation.
class Histogram {
 public:
  void record(std::uint64_t nanoseconds) {
    ++counts_[bucket_of(nanoseconds)];
    ++count_;
    max_ = std::max(max_, nanoseconds);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }

  /// The smallest bucket end that `share` (0 to 1) of the values do not exceed; 0 when empty.
  std::uint64_t percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted && seen > 0) return std::min(end_of(i), max_);
    }
    return max_;
  }

  void clear() { *this = Histogram(); }

 private:
  static constexpr unsigned linear_bits = 6;
  static constexpr std::size_t steps = std::size_t{1} << linear_bits;

  // Values below 2 * steps are exact; above, the top `linear_bits` + 1 bits name the bucket.
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < 2 * steps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - linear_bits - 1;
    return shift * steps + (value >> shift);
  }
  static std::uint64_t end_of(std::size_t bucket) {
    if (bucket < 2 * steps) return bucket;
    const std::size_t shift = bucket / steps - 1;
    const std::uint64_t top = bucket - shift * steps;
    return ((top + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - linear_bits + 1) * steps> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace hark::bench
