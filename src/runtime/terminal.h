#pragma once

namespace hark::runtime {

/// Whether people read what is written to this descriptor.
bool is_terminal(int fd);

}  // namespace hark::runtime
