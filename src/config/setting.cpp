#include "config/setting.h"

#include <algorithm>
#include <array>

#include "config/units.h"

namespace hark::config {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> levels{{{"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warn", LogLevel::warn},
                                                                       {"error", LogLevel::error},
                                                                       {"off", LogLevel::off}}};

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};

Failure<Error> out_of_range(const Setting& setting) {
  return fail(ErrorCode::invalid_argument,
              "is from " + std::string(setting.least) + " to " + std::string(setting.most));
}

Result<std::uint64_t> read_size(const Setting& setting, std::string_view text) {
  const auto read = setting.unit == Setting::Unit::bytes ? read_bytes : read_count;
  auto value = read(text);
  if (!value || setting.least.empty()) return value;
  if (*value < *read(setting.least) || *value > *read(setting.most)) return out_of_range(setting);
  return value;
}

Result<Duration> read_time(const Setting& setting, std::string_view text) {
  auto value = read_duration(text);
  if (!value) return value;
  if (*value < *read_duration(setting.least) || *value > *read_duration(setting.most))
    return out_of_range(setting);
  return value;
}

Result<LogLevel> read_level(std::string_view text) {
  for (const auto& [name, level] : levels)
    if (name == text) return level;
  return fail(ErrorCode::invalid_argument, "is debug, info, warn, error or off");
}

/// Scheme, host and perhaps a port, as browsers say it (RFC 6454, 6.1).
bool is_origin(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (text == "*") return true;
  return scheme != std::string_view::npos && scheme > 0 && text.size() > scheme + 3 &&
         text.find_first_of("/ \t\"\\?#@", scheme + 3) == std::string_view::npos;
}

Result<std::vector<std::string>> read_origins(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!is_origin(one))
      return fail(ErrorCode::invalid_argument, "is a list of origins, https://app.example each, or *");
    list.emplace_back(one);
  }
  return list;
}

template <typename T, typename U>
Result<void> put(T& place, Result<U> value) {
  if (!value) return Failure{value.error()};
  place = *std::move(value);
  return {};
}

std::string joined(const std::vector<std::string>& list, std::string_view between, std::string_view around) {
  std::string out;
  for (const std::string& one : list) {
    if (!out.empty()) out += between;
    out.append(around).append(one).append(around);
  }
  return out;
}

}  // namespace

Result<void> Setting::assign(Settings& to, std::string_view text) const {
  return std::visit(
      Overloaded{
          [&](bool Settings::* at) { return put(to.*at, read_flag(text)); },
          [&](std::string Settings::* at) { return put(to.*at, Result<std::string>(std::string(text))); },
          [&](std::size_t Settings::* at) { return put(to.*at, read_size(*this, text)); },
          [&](LogLevel Settings::* at) { return put(to.*at, read_level(text)); },
          [&](std::vector<std::string> HttpSettings::* at) { return put(to.http.*at, read_origins(text)); },
          [&](std::size_t Limits::* at) { return put(to.limits.*at, read_size(*this, text)); },
          [&](Duration Limits::* at) { return put(to.limits.*at, read_time(*this, text)); },
      },
      place);
}

std::string Setting::show(const Settings& of) const {
  const auto size = [&](std::size_t value) {
    return unit == Unit::bytes ? show_bytes(value) : std::to_string(value);
  };
  return std::visit(
      Overloaded{
          [&](bool Settings::* at) { return std::string(of.*at ? "true" : "false"); },
          [&](std::string Settings::* at) { return of.*at; },
          [&](std::size_t Settings::* at) { return size(of.*at); },
          [&](LogLevel Settings::* at) {
            return std::string(levels[static_cast<std::size_t>(of.*at)].first);
          },
          [&](std::vector<std::string> HttpSettings::* at) { return joined(of.http.*at, ",", ""); },
          [&](std::size_t Limits::* at) { return size(of.limits.*at); },
          [&](Duration Limits::* at) { return show_duration(of.limits.*at); },
      },
      place);
}

std::string Setting::show_toml(const Settings& of) const {
  if (const auto* list = std::get_if<std::vector<std::string> HttpSettings::*>(&place))
    return "[" + joined(of.http.*(*list), ", ", "\"") + "]";
  std::string text = show(of);
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (std::holds_alternative<bool Settings::*>(place) || is_number) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

std::string Setting::environment_name() const {
  std::string name = "HARK_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

std::string_view Setting::kind() const {
  return std::visit(Overloaded{
                        [](bool Settings::*) { return std::string_view("true or false"); },
                        [](std::string Settings::*) { return std::string_view("text"); },
                        [this](std::size_t Settings::*) {
                          return std::string_view(unit == Unit::bytes ? "bytes" : "number");
                        },
                        [](LogLevel Settings::*) { return std::string_view("level"); },
                        [](std::vector<std::string> HttpSettings::*) { return std::string_view("list"); },
                        [this](std::size_t Limits::*) {
                          return std::string_view(unit == Unit::bytes ? "bytes" : "number");
                        },
                        [](Duration Limits::*) { return std::string_view("time"); },
                    },
                    place);
}

}  // namespace hark::config
