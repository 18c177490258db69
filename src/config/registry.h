#pragma once

#include <span>

#include "config/setting.h"

namespace hark::config {

/// Every setting there is: the one table that files, the environment, flags, help and docs/configuration.md
/// are made from. In the order in which they are shown; those of one table of the file stand together.
std::span<const Setting> all_settings();

/// Null: there is none of this key.
const Setting* find_setting(std::string_view key);
/// The key that somebody who wrote `key` may have meant; empty when none is near.
std::string_view nearest_key(std::string_view key);

/// What is wrong with values that are each right: a sentence each.
std::vector<std::string> contradictions(const Settings& settings);

}  // namespace hark::config
