#include "runtime/environment.h"

#include <unistd.h>

#include <string_view>

namespace hark::runtime {

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** at = ::environ; at && *at; ++at) {
    const std::string_view variable = *at;
    const std::size_t equals = variable.find('=');
    if (equals != std::string_view::npos)
      variables.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return variables;
}

}  // namespace hark::runtime
