#include "attune/pretrained/hub/hub_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

/// "" where the variable is not set.
std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

bool is_set_true(const std::string& name) {
  const std::string value = variable(name);
  // ENV_VARS_TRUE_VALUES of huggingface_hub's constants.py.
  constexpr std::array<std::string_view, 4> kTrue{"1", "ON", "YES", "TRUE"};
  return std::any_of(kTrue.begin(), kTrue.end(),
                     [&](std::string_view text) { return iequals_ascii(value, text); });
}

/// Replaces `$NAME` and `${NAME}`; what is not set stays as it is, as Python's `expandvars` has it.
std::string expand_variables(const std::string& text) {
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const bool braces = text.compare(i, 2, "${") == 0;
    const std::size_t begin = i + (braces ? 2 : 1);
    std::size_t end = begin;
    if (text[i] == '$') {
      while (end < text.size() && is_name(text[end])) ++end;
    }
    const bool closed = !braces || (end < text.size() && text[end] == '}');
    const char* value = text[i] == '$' && end > begin && closed
                            ? std::getenv(text.substr(begin, end - begin).c_str())
                            : nullptr;
    if (value == nullptr) {
      result += text[i++];
    } else {
      result += value;
      i = end + (braces ? 1 : 0);
    }
  }
  return result;
}

fs::path expand(const std::string& text) {
  const bool home = text == "~" || text.starts_with("~/");
  return expand_variables(home ? variable("HOME") + text.substr(1) : text);
}

fs::path huggingface_home() {
  if (const std::string home = variable("HF_HOME"); !home.empty()) return expand(home);
  // XDG Base Directory Specification: unset or empty means ~/.cache.
  const std::string cache = variable("XDG_CACHE_HOME");
  return expand(cache.empty() ? "~/.cache" : cache) / "huggingface";
}

fs::path cache_root() {
  // The second is the older name, which the Python client still reads.
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string value = variable(name); !value.empty()) return expand(value);
  }
  return huggingface_home() / "hub";
}

std::string implicit_token() {
  if (is_set_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return "";
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    const std::string value = variable(name);
    if (const auto token = trim(value); !token.empty()) return std::string(token);
  }
  const std::string given = variable("HF_TOKEN_PATH");
  const fs::path path = given.empty() ? huggingface_home() / "token" : expand(given);
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  const std::string content = read_file(path, 64 << 10);
  return std::string(trim(content));
}

std::chrono::milliseconds timeout(const std::string& name) {
  const std::string value = variable(name);
  if (value.empty()) return std::chrono::seconds(10);
  int seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  check(error == std::errc() && end == value.data() + value.size() && seconds > 0 &&
            seconds <= 86'400,
        ErrorKind::user, "the environment variable {} is \"{}\", expected seconds (1 to 86400)",
        name, value);
  return std::chrono::seconds(seconds);
}

std::string endpoint_of(std::string value) {
  // URLs are made by joining with "/"; a second one would be another path to the server.
  while (value.ends_with('/')) value.pop_back();
  if (value.empty()) return HubOptions{}.endpoint;
  check(value.starts_with("https://") || value.starts_with("http://"), ErrorKind::user,
        "the environment variable HF_ENDPOINT is \"{}\", expected a URL like "
        "https://huggingface.co",
        value);
  return value;
}

}  // namespace

HubOptions HubOptions::from_environment() {
  HubOptions options;
  options.cache = cache_root();
  options.endpoint = endpoint_of(variable("HF_ENDPOINT"));
  options.token = implicit_token();
  // HF_HUB_OFFLINE=0 goes online although TRANSFORMERS_OFFLINE is set.
  const bool hub_decides = !variable("HF_HUB_OFFLINE").empty();
  options.offline = is_set_true(hub_decides ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE");
  options.symlinks = !is_set_true("HF_HUB_DISABLE_SYMLINKS");
  options.etag_timeout = timeout("HF_HUB_ETAG_TIMEOUT");
  options.download_timeout = timeout("HF_HUB_DOWNLOAD_TIMEOUT");
  return options;
}

}  // namespace attune
