#include <fmt/format.h>

#include "cli/completion.h"

namespace hark::cli {
namespace {

/// In single quotes fish knows two escapes.
std::string fish_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out += "'";
}

constexpr const char* begin = R"(# fish completion of {0}, made by `{0} completion fish`.
# For now: {0} completion fish | source
# For good: {0} completion fish > ~/.config/fish/completions/{0}.fish

# The command at the cursor, without options and their values: "{0} config show".
function __{0}_command
    set -l command {0}
    set -l is_value no
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $is_value = yes
            set is_value no
            continue
        end
        switch "$command $word"
)";

constexpr const char* end_of_begin = R"(        end
    end
    echo $command
end

function __{0}_at
    test (__{0}_command) = "$argv"
end

complete -c {0} -f
)";

std::string values(const Candidates& candidates) {
  switch (candidates.kind) {
    case Candidates::Kind::files: return " -F";
    case Candidates::Kind::directories: return " -a '(__fish_complete_directories)'";
    case Candidates::Kind::words:
      return " -a " + fish_word(fmt::format("{}", fmt::join(candidates.words, " ")));
    case Candidates::Kind::anything: break;
  }
  return "";
}

std::string option_line(const std::string& at, const OptionEntry& option) {
  std::string line = at;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  // -x: with a value, and no files; -r -F: with one, of files.
  const bool is_file = option.candidates.kind == Candidates::Kind::files;
  if (!option.value.empty()) line += (is_file ? " -r" : " -x") + values(option.candidates);
  return line + " -d " + fish_word(option.words) + "\n";
}

}  // namespace

std::string fish_completion(const CommandEntry& program) {
  std::string out = fmt::format(begin, program.name), lines, deeper, taking;
  for_each_command(program, [&](const CommandEntry& command) {
    const std::string at = fmt::format("complete -c {} -n {}", program.name,
                                       fish_word("__" + program.name + "_at " + command.path));
    for (const CommandEntry& below : command.commands) {
      deeper += " " + fish_word(below.path);
      lines += fmt::format("{} -a {} -d {}\n", at, fish_word(below.name), fish_word(below.words));
    }
    for (const OptionEntry& option : command.options) {
      lines += option_line(at, option);
      if (option.value.empty()) continue;
      for (const std::string& name : option.names) taking += " " + fish_word(command.path + " " + name);
    }
    if (!command.places.empty()) lines += at + values(command.places.front().candidates) + "\n";
  });
  out += fmt::format("            case{}\n                set command \"$command $word\"\n", deeper);
  if (!taking.empty()) out += fmt::format("            case{}\n                set is_value yes\n", taking);
  return out + fmt::format(end_of_begin, program.name) + lines;
}

}  // namespace hark::cli
