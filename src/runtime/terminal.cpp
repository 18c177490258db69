#include "runtime/terminal.h"

#include <unistd.h>

namespace hark::runtime {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

}  // namespace hark::runtime
