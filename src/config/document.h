#pragma once

#include <string>

#include "config/load.h"

namespace hark::config {

/// A whole configuration file: every setting with its default, commented out, and its words.
std::string toml_document();
/// docs/configuration.md.
std::string markdown_document();
/// What holds, and where it was said: TOML with comments.
std::string show_toml(const Loaded& loaded);
/// The same as one JSON object: {"limits.topics_max":{"value":"5","from":"hark.toml:3"},...}.
std::string show_json(const Loaded& loaded);

}  // namespace hark::config
