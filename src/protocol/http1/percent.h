#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hark::protocol::http1 {

/// Decodes "%41" to "A", once (RFC 3986, 2.1); none if a '%' is not followed by two hexadecimal digits. A '+'
/// stays what it is: only forms mean a blank by it.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace hark::protocol::http1
