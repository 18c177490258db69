#pragma once

#include <string_view>

namespace hark::protocol::http1 {

/// A request's target in its parts (RFC 9112, 3.2). Views into the target.
struct RequestTarget {
  std::string_view authority;  ///< of "http://authority/path"; empty for the other forms
  std::string_view rest;       ///< what is behind the authority: "/path?query", "?query", "*" or nothing
};

/// Splits a target that is_target() has let through.
RequestTarget split_target(std::string_view target);

/// Whether `target` is one that a server may be asked for: "/path", "http://authority/path", or "*" of
/// OPTIONS. Visible ASCII without a fragment; the authority as is_authority(), and not empty.
bool is_target(std::string_view method, std::string_view target);

/// RFC 9110, 7.2: uri-host [ ":" port ], or nothing. No user, no list.
bool is_authority(std::string_view text);

/// Whether both are the same host and port, as they are written but for case.
bool same_authority(std::string_view a, std::string_view b);

}  // namespace hark::protocol::http1
