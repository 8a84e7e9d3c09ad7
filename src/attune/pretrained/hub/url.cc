#include "attune/pretrained/hub/url.h"

#include <cctype>
#include <memory>

#include <curl/curl.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Url parse_url(const std::string& text) {
  Url url(curl_url(), curl_url_cleanup);
  check(curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK,
        ErrorKind::io, "\"{}\" is not a URL", without_query(text));
  return url;
}

std::string part(const Url& url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

}  // namespace

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string result;
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    // RFC 3986, section 2.3: the unreserved characters.
    const bool plain = value < 0x80 && (std::isalnum(value) != 0 ||
                                        std::string_view("-._~").find(byte) != std::string::npos);
    if (plain || keep.find(byte) != std::string_view::npos) {
      result += byte;
    } else {
      result += fmt::format("%{:02X}", value);
    }
  }
  return result;
}

bool is_relative_url(std::string_view location) {
  // RFC 3986, section 4.2: "//host/path" leads to another host; a ":" in the first part ends a
  // scheme.
  if (location.starts_with("//")) return false;
  const auto colon = location.find(':');
  return colon == std::string_view::npos || location.find_first_of("/?#") < colon;
}

std::string resolve_url(const std::string& base, const std::string& location) {
  // libcurl resolves what is set on a handle that already holds a URL against it (RFC 3986, section
  // 5).
  const Url url = parse_url(base);
  check(curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK,
        ErrorKind::io, "{} answers with a redirect to \"{}\", which is not a URL",
        without_query(base), without_query(location));
  const std::string scheme = part(url, CURLUPART_SCHEME);
  check(scheme == "https" || scheme == "http", ErrorKind::io,
        "{} answers with a redirect to {}, which is neither http nor https", without_query(base),
        without_query(location));
  check(scheme == "https" || !base.starts_with("https:"), ErrorKind::io,
        "{} answers with a redirect to {}, which is not encrypted; it is not followed",
        without_query(base), without_query(location));
  char* text = nullptr;
  curl_url_get(url.get(), CURLUPART_URL, &text, 0);
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text == nullptr ? "" : text;
}

std::string url_origin(const std::string& url) {
  const Url parsed = parse_url(url);
  // RFC 6454: scheme, host and port together; a default port is filled in, so that :443 is the
  // same.
  return fmt::format("{}://{}:{}", part(parsed, CURLUPART_SCHEME),
                     to_lower_ascii(part(parsed, CURLUPART_HOST)), part(parsed, CURLUPART_PORT));
}

// For messages: the query of a signed URL is a key to the file.
std::string without_query(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace attune
