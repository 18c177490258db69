#include "cli/doctor_command.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/style.h"
#include "protocol/json/text.h"
#include "server/doctor.h"
#include "server/exit_codes.h"

namespace hark::cli {
namespace {

using State = server::Finding::State;

constexpr const char* examples = R"(Examples:
  hark doctor                          is this machine good for 10000 connections?
  hark doctor --connections 200000     and for more?
  hark doctor --config hark.toml       with the settings that a server has
  hark doctor --json | jq -r '.findings[] | select(.state != "good") | .commands[]'
Exit codes: 0 all is good, 1 there are warnings, 69 hark could not serve here.)";

Style::Color color_of(State state) {
  if (state == State::good) return Style::Color::green;
  return state == State::failure ? Style::Color::red : Style::Color::yellow;
}

void print_words(const server::Diagnosis& diagnosis, std::size_t wanted) {
  const Style style(1);
  for (const auto& finding : diagnosis.findings) {
    const std::string allows =
        finding.connections ? fmt::format(": up to {} connections", *finding.connections) : "";
    const std::string state = fmt::format("{:<8}", server::name_of(finding.state));
    std::cout << style.paint(color_of(finding.state), state)
              << fmt::format("{:<20} {}{}\n", finding.name, finding.says, allows);
    for (const std::string& command : finding.commands) std::cout << "            " << command << "\n";
  }
  std::cout << fmt::format("\nThis machine allows {} connections (asked for: {}); what bounds it: {}.\n",
                           diagnosis.connections, wanted, diagnosis.bound_by);
}

void print_json(const server::Diagnosis& diagnosis, std::size_t wanted) {
  using protocol::json::append_quoted;
  std::string out =
      fmt::format("{{\"connections\": {}, \"wanted\": {}, \"bound_by\": ", diagnosis.connections, wanted);
  append_quoted(diagnosis.bound_by, out);
  out += ",\n \"findings\": [";
  for (const auto& finding : diagnosis.findings) {
    out += &finding == &diagnosis.findings.front() ? "\n  {\"name\": " : ",\n  {\"name\": ";
    append_quoted(finding.name, out);
    out += ", \"state\": ";
    append_quoted(server::name_of(finding.state), out);
    out += ", \"says\": ";
    append_quoted(finding.says, out);
    if (finding.connections) out += fmt::format(", \"connections\": {}", *finding.connections);
    out += ", \"commands\": [";
    for (const std::string& command : finding.commands) {
      if (&command != &finding.commands.front()) out += ", ";
      append_quoted(command, out);
    }
    out += "]}";
  }
  std::cout << out << "]}\n";
}

}  // namespace

CLI::App* DoctorCommand::add_to(CLI::App& program) {
  CLI::App& app =
      *program.add_subcommand("doctor", "Say how many connections this machine allows, and what to change");
  options_.add_to(app);
  app.add_option("--connections", wanted_, "how many there should be room for (default: 10000)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}));
  app.add_flag("--json", json_, "as one JSON object");
  app.footer(examples);
  return &app;
}

int DoctorCommand::run() {
  config::Loaded loaded = options_.load();
  if (const int code = say_problems(loaded); code != 0) return code;
  const server::Diagnosis diagnosis = server::examine(server::look_around(std::move(loaded), wanted_));
  if (json_)
    print_json(diagnosis, wanted_);
  else
    print_words(diagnosis, wanted_);
  const State worst = diagnosis.worst();
  if (worst == State::failure) return server::exit_unavailable;
  return worst == State::warning ? server::exit_warnings : 0;
}

}  // namespace hark::cli
