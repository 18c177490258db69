#pragma once

namespace hark::server {

// How the program ends when it does not end well (sysexits.h).

inline constexpr int exit_usage = 64;        ///< the command line is none
inline constexpr int exit_unavailable = 69;  ///< what it needs is not to be had
inline constexpr int exit_io = 74;           ///< a disk that does not answer
inline constexpr int exit_config = 78;       ///< the settings are none, or contradict each other

}  // namespace hark::server
