#include <fmt/format.h>

#include "base/shell_word.h"
#include "cli/completion.h"

namespace hark::cli {
namespace {

constexpr const char* begin = R"(# bash completion of {0}, made by `{0} completion bash`.
# For now: source <({0} completion bash)
# For good: {0} completion bash > ~/.local/share/bash-completion/completions/{0}

_{0}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} command={0} option='' i
  # Bash takes --option=value for three words.
  [[ $cur != = ]] || cur=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${{COMP_WORDS[i]}}" in
)";

constexpr const char* middle = R"(        option="$command ${COMP_WORDS[i]}"
        [[ ${COMP_WORDS[i + 1]-} != = ]] || ((i++))
        ((++i < COMP_CWORD)) && option=
        ;;
    esac
  done
  case $option in
)";

/// Puts what completes `candidates` at the cursor.
std::string reply(const Candidates& candidates) {
  switch (candidates.kind) {
    case Candidates::Kind::files:
      return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
    case Candidates::Kind::directories:
      return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
    case Candidates::Kind::words:
      return fmt::format("{}mapfile -t COMPREPLY < <(compgen -W {} -- \"$cur\")",
                         candidates.more_follows ? "compopt -o nospace 2>/dev/null; " : "",
                         shell_word(fmt::format("{}", fmt::join(candidates.words, " "))));
    case Candidates::Kind::anything: break;
  }
  return ":";
}

std::string patterns(const CommandEntry& command, const OptionEntry& option) {
  std::string all;
  for (const std::string& name : option.names)
    all += (all.empty() ? "" : " | ") + shell_word(command.path + " " + name);
  return all;
}

Candidates options_of(const CommandEntry& command) {
  Candidates names{Candidates::Kind::words, {}, false};
  for (const OptionEntry& option : command.options)
    names.words.insert(names.words.end(), option.names.begin(), option.names.end());
  return names;
}

/// What may stand at the place of a word that is no option.
Candidates words_of(const CommandEntry& command) {
  Candidates words{Candidates::Kind::words, {}, false};
  for (const CommandEntry& below : command.commands) words.words.push_back(below.name);
  if (words.words.empty() && !command.places.empty()) return command.places.front().candidates;
  return words.words.empty() ? options_of(command) : words;
}

}  // namespace

std::string bash_completion(const CommandEntry& program) {
  std::string out = fmt::format(begin, program.name), values;
  std::string deeper, taking;
  for_each_command(program, [&](const CommandEntry& command) {
    for (const CommandEntry& below : command.commands)
      deeper += (deeper.empty() ? "" : " | ") + shell_word(below.path);
    for (const OptionEntry& option : command.options) {
      if (option.value.empty()) continue;
      const std::string names = patterns(command, option);
      taking += (taking.empty() ? "" : " | ") + names;
      values += fmt::format("    {}) {}; return ;;\n", names, reply(option.candidates));
    }
  });
  out += fmt::format("      {}) command=\"$command ${{COMP_WORDS[i]}}\" ;;\n", deeper);
  if (!taking.empty()) out += fmt::format("      {})\n{}", taking, middle);
  out += values + "  esac\n  case $command in\n";
  for_each_command(program, [&](const CommandEntry& command) {
    out += fmt::format(
        "    {})\n      if [[ $cur == -* ]]; then\n        {}\n      else\n        {}\n      fi\n      ;;\n",
        shell_word(command.path), reply(options_of(command)), reply(words_of(command)));
  });
  return out + fmt::format("  esac\n}}\n\ncomplete -F _{0} {0}\n", program.name);
}

}  // namespace hark::cli
