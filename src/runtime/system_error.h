#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "model/error.h"

namespace hark::runtime {

/// "`what`: Permission denied", for errno's value `error`.
std::string describe_errno(std::string_view what, int error = errno);

/// The surroundings' fault, from errno.
Failure<Error> fail_errno(std::string_view what, int error = errno);

}  // namespace hark::runtime
