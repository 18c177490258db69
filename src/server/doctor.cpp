#include "server/doctor.h"

#include <algorithm>

#include "base/log.h"
#include "runtime/endpoint.h"
#include "runtime/resources.h"
#include "runtime/tcp_listener.h"
#include "server/doctor_checks.h"
#include "server/machine_limits.h"
#include "server/serve.h"

namespace hark::server {
namespace {

std::string problem_of_listening(const std::string& listen) {
  const auto endpoint = runtime::Endpoint::parse(listen);
  if (!endpoint) return "listen: " + endpoint.error().context;
  const auto free = runtime::TcpListener::require_free(*endpoint);
  return free ? "" : free.error().context;
}

}  // namespace

Surroundings look_around(config::Loaded loaded, std::size_t wanted) {
  Surroundings around;
  around.wanted = wanted;
  around.machine = runtime::machine_facts();
  const auto& machine = around.machine;
  if (loaded.settings.cores == 0) loaded.settings.cores = std::min(machine.cpus, config::cores_max);
  config::lower_to_machine(
      loaded, limits_for(machine.memory_bytes, loaded.settings.cores, machine.descriptors_hard).core);
  around.settings = std::move(loaded.settings);
  around.default_data_dir = around.settings.data_dir.empty();
  if (around.default_data_dir) around.settings.data_dir = default_data_dir();
  around.data = runtime::directory_facts(around.settings.data_dir);
  around.listen_problem = problem_of_listening(around.settings.listen);
  return around;
}

std::string_view name_of(Finding::State state) {
  switch (state) {
    case Finding::State::good: return "good";
    case Finding::State::unknown: return "unknown";
    case Finding::State::warning: return "warning";
    case Finding::State::failure: break;
  }
  return "failure";
}

Finding::State Diagnosis::worst() const {
  auto worst = Finding::State::good;
  for (const Finding& finding : findings) worst = std::max(worst, finding.state);
  return worst;
}

Diagnosis examine(const Surroundings& around) {
  Diagnosis diagnosis;
  check_connections(around, diagnosis.findings);
  check_process(around, diagnosis.findings);
  std::optional<std::size_t> fewest;
  for (const Finding& finding : diagnosis.findings) {
    if (!finding.connections || (fewest && *fewest <= *finding.connections)) continue;
    fewest = finding.connections;
    diagnosis.bound_by = finding.name;
  }
  diagnosis.connections = fewest.value_or(0);
  return diagnosis;
}

}  // namespace hark::server
