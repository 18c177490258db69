#pragma once

#include <compare>
#include <cstdint>

namespace hark {

/// An unsigned 64-bit number of one kind, so that kinds cannot be mixed up. No implicit conversion.
template <typename Tag>
class StrongNumber {
 public:
  constexpr StrongNumber() = default;
  constexpr explicit StrongNumber(std::uint64_t value) : value_(value) {}

  constexpr std::uint64_t value() const { return value_; }
  constexpr StrongNumber next() const { return StrongNumber(value_ + 1); }
  constexpr StrongNumber previous() const { return StrongNumber(value_ - 1); }
  constexpr StrongNumber operator+(std::uint64_t count) const { return StrongNumber(value_ + count); }
  constexpr StrongNumber operator-(std::uint64_t count) const { return StrongNumber(value_ - count); }
  constexpr std::uint64_t operator-(StrongNumber other) const { return value_ - other.value_; }
  constexpr StrongNumber& operator++() { return ++value_, *this; }
  friend constexpr auto operator<=>(StrongNumber, StrongNumber) = default;

 private:
  std::uint64_t value_ = 0;
};

}  // namespace hark
