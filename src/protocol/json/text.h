#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hark::protocol::json {

/// Size of write_quoted's output.
std::size_t quoted_size(std::string_view text);

/// Writes `text`, which is UTF-8, as a JSON string with its quotes (RFC 8259, 7) to `out`. Only what must be
/// escaped is. Returns the end of what was written. O(size), no allocation.
char* write_quoted(std::string_view text, char* out);

/// As write_quoted, at the end of `out`.
void append_quoted(std::string_view text, std::string& out);

}  // namespace hark::protocol::json
