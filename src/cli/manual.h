#pragma once

#include <optional>

#include "cli/command_tree.h"

namespace hark::cli {

/// The names of all pages: "hark.1", "hark-serve.1", ..., "hark.toml.5".
std::vector<std::string> manual_pages(const CommandEntry& program);

/// The page of that name, in roff; none: there is no such page.
std::optional<std::string> manual_page(const CommandEntry& program, const std::string& name);

}  // namespace hark::cli
