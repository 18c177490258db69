#pragma once

#include <string_view>

namespace hark::server {

/// The description of hark's HTTP API, OpenAPI 3.1 as JSON: src/server/openapi.json with this version's
/// number.
std::string_view openapi_document();

}  // namespace hark::server
