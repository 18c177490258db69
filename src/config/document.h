#pragma once

#include <string>

#include "config/load.h"
#include "config/setting.h"

namespace hark::config {

/// A whole configuration file: every setting with its default, commented out, and its words.
std::string toml_document();
/// docs/configuration.md.
std::string markdown_document();
/// What holds, and where it was said: TOML with comments.
std::string show_toml(const Loaded& loaded);
/// The same as one JSON object: {"limits.topics_max":{"value":"5","from":"hark.toml:3"},...}.
std::string show_json(const Loaded& loaded);

/// "bytes, 1 to 5MB": what it may be.
std::string range_of(const Setting& setting);
/// What is said of it.
std::string notes_of(const Setting& setting);

}  // namespace hark::config
