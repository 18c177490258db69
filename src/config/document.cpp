#include "config/document.h"

#include "config/registry.h"

namespace hark::config {
namespace {

constexpr std::size_t width = 100;

/// Words in lines of at most `width`, each behind `prefix`.
std::string wrapped(std::string_view text, std::string_view prefix) {
  std::string out, line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (!line.empty() && prefix.size() + line.size() + 1 + end > width) {
      out.append(prefix).append(line).append("\n");
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out.append(prefix).append(line).append("\n");
}

std::string_view table_of(std::string_view key) {
  const std::size_t dot = key.find('.');
  return dot == std::string_view::npos ? "" : key.substr(0, dot);
}
std::string_view name_of(std::string_view key) { return key.substr(key.find('.') + 1); }

/// Calls `each` for all settings, and `begin` for each table that begins.
template <typename Begin, typename Each>
void walk(Begin&& begin, Each&& each) {
  std::string_view table;
  for (const Setting& setting : all_settings()) {
    if (table_of(setting.key) != table) begin(table = table_of(setting.key));
    each(setting);
  }
}

}  // namespace

std::string range_of(const Setting& setting) {
  std::string range(setting.kind());
  if (!setting.least.empty()) range.append(", ").append(setting.least).append(" to ").append(setting.most);
  return range;
}

std::string notes_of(const Setting& setting) {
  std::string notes(setting.summary);
  if (setting.by_machine) notes += " If not said, it is lowered to what the machine gives.";
  return notes;
}

std::string toml_document() {
  std::string out =
      "# hark's settings, with what holds when nothing is said. `hark config check` says what is wrong with\n"
      "# this file, `hark config show` what holds. Every line may also be said by the environment\n"
      "# (HARK_LIMITS_TOPICS_MAX=5) or by a flag (--set limits.topics_max=5), which win over it.\n\n";
  const Settings defaults;
  walk([&](std::string_view table) { out.append("[").append(table).append("]\n\n"); },
       [&](const Setting& setting) {
         out += wrapped(notes_of(setting) + " (" + range_of(setting) + ")", "# ");
         out.append("# ").append(name_of(setting.key)).append(" = ");
         out.append(setting.show_toml(defaults)).append("\n\n");
       });
  out.pop_back();
  return out;
}

std::string markdown_document() {
  std::string out =
      "# Configuration\n\n"
      "Made by `hark config doc --markdown`.\n\n"
      "A setting is said, in rising order: in a TOML file (`--config FILE`, or `HARK_CONFIG`, or `/etc/hark/hark.toml` if "
      "it is\nthere), by the environment, by a flag. `hark config check` says what is wrong, all of it; `hark config show` "
      "what holds\nand who said it; `hark config doc` prints a whole file with every default. The environment's name of "
      "`limits.topics_max` is\n`HARK_LIMITS_TOPICS_MAX`; `HARK_LIMITS_TOPICS_MAX_FILE` names a file with the value. As a "
      "flag it is\n`--set limits.topics_max=5`.\n\n"
      "SIGHUP takes the settings marked *reloads*, and says which others have changed and wait for a new start. A file "
      "with a\nmistake changes nothing. At a start a mistake ends the program with exit code 78.\n";
  const Settings defaults;
  const auto head = [&](std::string_view title) {
    out.append("\n## ").append(title).append("\n\n| setting | default | may be | |\n|---|---|---|---|\n");
  };
  head("server");
  walk([&](std::string_view table) { head(table); },
       [&](const Setting& setting) {
         const std::string value = setting.show_toml(defaults);
         out.append("| `").append(setting.key).append("` | `").append(value).append("` | ");
         out.append(range_of(setting)).append(" | ").append(notes_of(setting));
         out.append(setting.reloads ? " *Reloads.* |\n" : " |\n");
       });
  return out;
}

std::string show_toml(const Loaded& loaded) {
  std::string out;
  walk([&](std::string_view table) { out.append("\n[").append(table).append("]\n"); },
       [&](const Setting& setting) {
         const auto said = loaded.where.find(setting.key);
         out.append(name_of(setting.key)).append(" = ").append(setting.show_toml(loaded.settings));
         out.append("  # ").append(said != loaded.where.end() ? escaped(said->second)
                                   : setting.by_machine       ? "default, or what the machine gives"
                                                              : "default");
         out += "\n";
       });
  return out;
}

std::string show_json(const Loaded& loaded) {
  std::string out = "{";
  const auto quoted = [](std::string_view text) {
    std::string all = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') all += '\\';
      all += c;
    }
    return all + "\"";
  };
  for (const Setting& setting : all_settings()) {
    const auto said = loaded.where.find(setting.key);
    out.append(out.size() > 1 ? ",\n " : "\n ").append(quoted(setting.key)).append(": {\"value\": ");
    out.append(setting.show_toml(loaded.settings)).append(", \"from\": ");
    out.append(quoted(said == loaded.where.end() ? "default" : escaped(said->second))).append("}");
  }
  return out + "\n}\n";
}

}  // namespace hark::config
