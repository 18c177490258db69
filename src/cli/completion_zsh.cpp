#include <fmt/format.h>

#include <algorithm>

#include "base/shell_word.h"
#include "cli/completion.h"

namespace hark::cli {
namespace {

/// `text` with a backslash before each of `special`: of _arguments and _describe.
std::string marked(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string function_of(const CommandEntry& command) {
  std::string name = "_" + command.path;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

/// The part of a specification after the last colon.
std::string action(const Candidates& candidates) {
  switch (candidates.kind) {
    case Candidates::Kind::files: return "_files";
    case Candidates::Kind::directories: return "_files -/";
    case Candidates::Kind::words:
      // -S '': the cursor stays behind the word.
      return fmt::format("compadd {}- {}", candidates.more_follows ? "-S '' " : "",
                         fmt::join(candidates.words, " "));
    case Candidates::Kind::anything: break;
  }
  return "";
}

/// "    '*--set[any other setting]:KEY=VALUE:...' \\\n", one for each name.
std::string specification(const OptionEntry& option) {
  std::string out;
  const std::string all = fmt::format("{}", fmt::join(option.names, " "));
  for (const std::string& name : option.names) {
    std::string one = option.repeats ? "*" : fmt::format("({})", all);
    // "=": the value may also stand behind an equals sign.
    one += name + (option.value.empty() || !name.starts_with("--") ? "" : "=");
    one += fmt::format("[{}]", marked(option.words, "[]:\\"));
    if (!option.value.empty())
      one += fmt::format(":{}:{}", marked(option.value, ":\\"), action(option.candidates));
    out += "    " + shell_word(one) + " \\\n";
  }
  return out;
}

std::string function(const CommandEntry& command) {
  std::string out =
      function_of(command) + "() {\n  local context state state_descr line\n  typeset -A opt_args\n";
  out += "  _arguments -C -s \\\n";
  for (const OptionEntry& option : command.options) out += specification(option);
  if (command.commands.empty()) {
    for (const OptionEntry& place : command.places)
      out += "    " +
             shell_word(fmt::format("{}:{}:{}", place.repeats ? "*" : "", marked(place.value, ":\\"),
                                    action(place.candidates))) +
             " \\\n";
    return out + "    && return\n}\n\n";
  }
  out += "    '1: :->command' \\\n    '*:: :->rest' && return\n  case $state in\n    command)\n";
  out += "      local -a commands=(\n";
  for (const CommandEntry& below : command.commands)
    out += "        " + shell_word(below.name + ":" + marked(below.words, ":\\")) + "\n";
  out += "      )\n      _describe command commands\n      ;;\n    rest)\n      case $words[1] in\n";
  for (const CommandEntry& below : command.commands)
    out += fmt::format("        {}) {} ;;\n", below.name, function_of(below));
  return out + "      esac\n      ;;\n  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandEntry& program) {
  std::string out = fmt::format(
      "#compdef {0}\n# zsh completion of {0}, made by `{0} completion zsh`.\n"
      "# For now: source <({0} completion zsh)\n"
      "# For good: {0} completion zsh > a directory of $fpath, as _{0}\n\n",
      program.name);
  for_each_command(program, [&](const CommandEntry& command) { out += function(command); });
  // Loaded from $fpath the file is the function's body; sourced, it only makes it known.
  return out + fmt::format(
                   "if [[ ${{funcstack[1]}} == _{0} ]]; then\n  _{0} \"$@\"\nelse\n  compdef _{0} {0}\nfi\n",
                   program.name);
}

}  // namespace hark::cli
