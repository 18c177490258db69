#include "runtime/system_error.h"

#include <system_error>

namespace hark::runtime {

std::string describe_errno(std::string_view what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error);
}

Failure<Error> fail_errno(std::string_view what, int error) {
  return fail(ErrorCode::unavailable, describe_errno(what, error));
}

}  // namespace hark::runtime
