#pragma once

#include <string_view>

#include "model/http_settings.h"

namespace hark::gateway::http {

/// Whether a page in a browser asks that may not: one of an `origin` that neither is `authority`, this server
/// itself, nor is allowed. Without tokens any page that somebody visits could publish to the bus on their
/// machine, or read it: browsers send a simple request without asking (Fetch, CORS). "null" is never allowed.
bool is_refused_origin(std::string_view origin, std::string_view authority, const HttpSettings& settings);

/// Whether pages of `origin` may read what another origin's page could not: the answer then says so.
bool is_allowed_origin(std::string_view origin, const HttpSettings& settings);

inline constexpr const char* refused_origin = "pages of this origin are not allowed (http.allowed_origins)";

// What an answer to an allowed origin says besides `access-control-allow-origin`, and what one to a
// preflight.
inline constexpr std::string_view exposed_headers = "hark-sequence-number, hark-sequence-page, retry-after";
inline constexpr std::string_view preflight_methods = "GET, POST";
inline constexpr std::string_view preflight_headers = "accept, authorization, content-type, last-event-id";
inline constexpr std::string_view preflight_max_age = "600";

}  // namespace hark::gateway::http
