#pragma once

#include <array>

namespace hark::server {

// How the program ends when it does not end well (sysexits.h).

inline constexpr int exit_warnings = 1;      ///< `hark doctor` has something to say
inline constexpr int exit_usage = 64;        ///< the command line is none
inline constexpr int exit_unavailable = 69;  ///< what it needs is not to be had
inline constexpr int exit_io = 74;           ///< a disk that does not answer, a stdout that takes nothing
inline constexpr int exit_config = 78;       ///< the settings are none, or contradict each other

struct ExitCode {
  int code;
  const char* words;
};
/// As the manual tells them.
inline constexpr std::array exit_codes{
    ExitCode{0, "It did what it was asked to."},
    ExitCode{exit_warnings,
             "hark doctor: something is less than it could be. hark serve: a second signal ended it."},
    ExitCode{exit_usage, "The command line is wrong."},
    ExitCode{exit_unavailable, "What it needs is not to be had: an address, a directory, descriptors."},
    ExitCode{exit_io, "What it prints could not be written. hark serve: at its end the disk did not answer."},
    ExitCode{exit_config, "The settings are wrong, or contradict each other."},
};

}  // namespace hark::server
