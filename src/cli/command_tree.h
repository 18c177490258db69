#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace hark::cli {

// The commands as plain values, read from what the parser goes by: so completions and manual pages cannot say
// anything else.

/// What may be written for a value.
struct Candidates {
  enum class Kind { anything, files, directories, words };
  Kind kind = Kind::anything;
  std::vector<std::string> words;
  bool more_follows = false;  ///< a word is only the beginning: "cores="
};

/// An option, a flag or a place for a word.
struct OptionEntry {
  std::vector<std::string> names;  ///< "-h", "--help"; none for a place
  std::string value;  ///< "FILE"; empty: a flag
  std::string words;  ///< what it is, in one line
  bool required = false, repeats = false;
  Candidates candidates;
};

struct CommandEntry {
  std::string path;  ///< "hark config show"
  std::string name;  ///< "show"
  std::string words;
  std::string examples;  ///< as help ends with them
  std::vector<OptionEntry> options, places;
  std::vector<CommandEntry> commands;
};

CommandEntry describe(const CLI::App& program);

/// Calls `visit` for `command` and all below it, parents first.
template <typename Visit>
void for_each_command(const CommandEntry& command, Visit&& visit) {
  visit(command);
  for (const CommandEntry& below : command.commands) for_each_command(below, visit);
}

}  // namespace hark::cli
