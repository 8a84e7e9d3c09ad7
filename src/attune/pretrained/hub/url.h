#pragma once

#include <string>
#include <string_view>

namespace attune {

/// Percent-encodes all but RFC 3986's unreserved characters and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");

/// Whether `location` names neither scheme nor host.
bool is_relative_url(std::string_view location);

/// `location` as seen from `base`. Throws `io` unless the result is a http or https URL.
std::string resolve_url(const std::string& base, const std::string& location);

/// "https://host:443": what has to be equal for a secret to be sent to both.
std::string url_origin(const std::string& url);

/// Without query and fragment, for messages: signed URLs carry secrets there.
std::string without_query(const std::string& url);

}  // namespace attune
