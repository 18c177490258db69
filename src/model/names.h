#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/error.h"

namespace hark {

inline constexpr std::size_t namespace_name_bytes_max = 255;
inline constexpr std::size_t topic_name_bytes_max = 1024;

/// Whether `name` may name a namespace: 1 to 255 bytes of UTF-8 without '/' or control characters.
Result<void> check_namespace_name(std::string_view name);

/// Whether `name` may name a topic: 1 to 1,024 bytes of UTF-8 without control characters.
Result<void> check_topic_name(std::string_view name);

/// A topic's full name, "namespace/topic" (a namespace has no '/'), with its keyed hash.
///
/// The hash decides the owner and every map's bucket. It is SipHash under one key a process (later:
/// a cluster), so that clients can neither build collisions nor pile topics on one core.
class TopicPath {
 public:
  TopicPath() = default;
  /// Requires both names to be valid.
  TopicPath(std::string_view namespace_name, std::string_view topic_name);

  std::string_view namespace_name() const { return std::string_view(text_).substr(0, split_); }
  std::string_view topic_name() const { return std::string_view(text_).substr(split_ + 1); }
  const std::string& text() const { return text_; }
  std::uint64_t hash() const { return hash_; }

  friend bool operator==(const TopicPath& a, const TopicPath& b) {
    return a.hash_ == b.hash_ && a.text_ == b.text_;
  }

 private:
  std::string text_;
  std::size_t split_ = 0;
  std::uint64_t hash_ = 0;
};

/// For hash maps keyed by TopicPath.
struct TopicPathHash {
  using is_avalanching = void;
  std::size_t operator()(const TopicPath& path) const { return path.hash(); }
};

}  // namespace hark
