#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

/// A number that only grows. Written by one thread, read by any: an increment is a plain add, with no
/// lock prefix, because nobody else writes.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.store(value() + count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A level. Written by one thread, read by any.
class Gauge {
 public:
  void set(std::uint64_t level) { value_.store(level, std::memory_order_relaxed); }
  void add(std::uint64_t count = 1) { set(value() + count); }
  void subtract(std::uint64_t count = 1) { set(value() - count); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Writes the Prometheus text exposition format 0.0.4, one family after the other:
///
///   text.family("hark_publishes_total", MetricsText::Type::counter, "Publishes accepted.");
///   text.sample({{"core", "0"}}, 17);
///
/// Names are ours, so a wrong one is a bug and aborts: a family twice, a counter without `_total`, bytes
/// that no name may have. Label values may be anything and are escaped. Never a topic as a label.
class MetricsText {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  enum class Type : std::uint8_t { counter, gauge };
  struct Label {
    std::string_view name, value;
  };
  using Labels = std::initializer_list<Label>;

  /// Begins a family: its HELP and TYPE lines. `name` in base units (`_seconds`, `_bytes`).
  void family(std::string_view name, Type type, std::string_view help);
  /// A series of the family begun last.
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  void sample(std::uint64_t value) { sample({}, value); }
  void sample(double value) { sample({}, value); }

  std::string take();  ///< the whole text; the builder begins anew

 private:
  void series(Labels labels, std::string_view value);

  std::string text_;
  std::vector<std::string> families_;  // all so far; the current one is the last
};

}  // namespace hark
