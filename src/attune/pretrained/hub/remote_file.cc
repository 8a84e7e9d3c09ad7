#include "attune/pretrained/hub/remote_file.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/pretrained/hub/hub_cache.h"
#include "attune/pretrained/hub/url.h"

namespace attune {
namespace {

constexpr int kMaxRedirects = 5;

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `W/"abc"` -> `abc`.
std::string normalised_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  while (etag.starts_with('"')) etag.remove_prefix(1);
  while (etag.ends_with('"')) etag.remove_suffix(1);
  return std::string(etag);
}

/// The ETag becomes a file name.
/// Neither a path nor a hidden file may come from it.
bool is_blob_name(std::string_view etag) {
  return !etag.empty() && etag.size() <= 128 && etag[0] != '.' &&
         std::all_of(etag.begin(), etag.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                  c == '.';
         });
}

/// A mirror may hand out URLs of the hub it mirrors.
std::string to_endpoint(const std::string& url, const HubOptions& options) {
  const std::string hub = HubOptions{}.endpoint;
  return url.starts_with(hub + "/") ? options.endpoint + url.substr(hub.size()) : url;
}

HeadResult unavailable(std::string problem, bool can_retry) {
  return {HeadResult::Status::unavailable, {}, std::move(problem), can_retry};
}

HeadResult failed_connection(const HttpResponse& response, const HubOptions& options) {
  return unavailable(
      fmt::format(
          "cannot reach {}: {}. Check the network, the proxy (https_proxy) and HF_ENDPOINT; "
          "or use a model folder that is on this machine",
          options.endpoint, response.failure_text),
      response.failure == HttpResponse::Failure::interrupted);
}

HeadResult refused(const HttpResponse& response, const HubFileId& id, const HubOptions& options) {
  // The hub answers a private repository and a missing one alike, without telling which.
  const bool gated = response.header("x-error-code") == "GatedRepo";
  const std::string page = options.endpoint + "/" + id.repo_id;
  const char* token = options.token.empty() ? "no token was sent: set HF_TOKEN to one that may "
                                              "read it"
                                            : "the token sent may not read it: check HF_TOKEN";
  std::string problem =
      gated ? fmt::format("{} is gated (HTTP {}): accept its conditions on {}; {}", id.repo_id,
                          response.status, page, token)
            : fmt::format("{} does not exist on {}, or is private (HTTP {}): check the name; {}",
                          id.repo_id, options.endpoint, response.status, token);
  return {HeadResult::Status::refused, {}, std::move(problem), false};
}

HeadResult missing(const HttpResponse& response, const HubFileId& id, const HubOptions& options) {
  const std::string code = response.header("x-error-code");
  const std::string commit = response.header("x-repo-commit");
  HeadResult result;
  // A mirror may leave X-Error-Code out; the commit alone says that repository and revision are
  // there.
  if (code == "EntryNotFound" || (code.empty() && is_commit(commit))) {
    result.status = HeadResult::Status::no_file;
    result.file.commit = is_commit(commit) ? commit : "";
    result.problem =
        fmt::format("{} has no file {} at revision {}", id.repo_id, id.file, id.revision);
  } else if (code == "RevisionNotFound") {
    result.status = HeadResult::Status::no_revision;
    result.problem = fmt::format("{} has no revision \"{}\"; expected a branch, a tag or a commit",
                                 id.repo_id, id.revision);
  } else {
    return refused(response, id, options);
  }
  return result;
}

HeadResult failed_status(const HttpResponse& response, const HubFileId& id,
                         const HubOptions& options) {
  switch (response.status) {
    case 401:
    case 403:
      return refused(response, id, options);
    case 404:
      return missing(response, id, options);
    case 429: {
      const std::string after = response.header("retry-after");
      return unavailable(
          fmt::format("{} limits the rate of requests (HTTP 429); try again {}", options.endpoint,
                      after.empty() ? "later" : "in " + after + " s"),
          true);
    }
    default:
      return unavailable(fmt::format("{} answers with HTTP {} for {}; try again later",
                                     options.endpoint, response.status, id.text()),
                         is_transient_status(response.status));
  }
}

HeadResult found(const HttpResponse& response, const std::string& url, const HubOptions& options) {
  RemoteFile file;
  file.commit = response.header("x-repo-commit");
  if (!is_commit(file.commit)) {
    return unavailable(
        fmt::format("the answer from {} names no commit (header X-Repo-Commit): not a hub. Check "
                    "HF_ENDPOINT, and whether a proxy or a login page stands in between",
                    without_query(url)),
        false);
  }
  // A large file's answer is a redirect to the storage: its own ETag and length are not the file's.
  const std::string linked = response.header("x-linked-etag");
  file.etag = normalised_etag(linked.empty() ? response.header("etag") : linked);
  if (!is_blob_name(file.etag)) {
    return unavailable(fmt::format("the answer from {} has no usable ETag (\"{}\")",
                                   without_query(url), file.etag),
                       false);
  }
  const std::string size = response.header("x-linked-size");
  if (!size.empty()) {
    file.size = parse_number(size);
  } else if (!response.is_redirect()) {
    file.size = parse_number(response.header("content-length"));
  }
  const std::string location = response.header("location");
  file.url = location.empty() ? url : to_endpoint(resolve_url(url, location), options);
  return {HeadResult::Status::found, std::move(file), "", false};
}

HeadResult head_once(HttpClient& client, const HubFileId& id, const HubOptions& options,
                     HttpResponse& response) {
  // A branch may hold a "/", which must not become a part of the path; a file's may.
  std::string url = fmt::format("{}/{}/resolve/{}/{}", options.endpoint, id.repo_id,
                                percent_encode(id.revision), percent_encode(id.file, "/"));
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    response = client.head({url, request_headers(url, options), options.etag_timeout});
    if (response.failure != HttpResponse::Failure::none) {
      return failed_connection(response, options);
    }
    const std::string location = response.header("location");
    // Relative: a renamed repository. An absolute one leads to the storage, whose answer names no
    // commit (_httpx_follow_relative_redirects of huggingface_hub does the same).
    if (!response.is_redirect() || location.empty() || !is_relative_url(location)) {
      const bool good = response.status / 100 == 2 || response.is_redirect();
      return good ? found(response, url, options) : failed_status(response, id, options);
    }
    url = resolve_url(url, location);
  }
  return unavailable(fmt::format("{} redirects without end", without_query(url)), false);
}

}  // namespace

std::string HubFileId::text() const {
  return fmt::format("{} of {} (revision {})", file, repo_id, revision);
}

bool is_transient_status(int status) {
  return status == 408 || status == 429 || status >= 500;
}

std::vector<std::string> request_headers(const std::string& url, const HubOptions& options) {
  // Sizes, ranges and hashes are those of the file as it is stored.
  std::vector<std::string> headers{"Accept-Encoding: identity"};
  // A storage of another host must not learn the token; signed URLs need none.
  if (!options.token.empty() && url_origin(url) == url_origin(options.endpoint)) {
    headers.push_back("Authorization: Bearer " + options.token);
  }
  return headers;
}

std::optional<std::chrono::milliseconds> wait_before_retry(const HttpResponse& response,
                                                           int attempt, const HubOptions& options) {
  const auto asked = parse_number(response.header("retry-after"));
  // Retry-After may also be a date (RFC 9110, section 10.2.3), which counts as none.
  if (!asked) return options.first_wait * (1 << std::min(attempt, 3));
  if (*asked > static_cast<std::uint64_t>(options.longest_wait.count()) / 1000) return std::nullopt;
  return std::chrono::seconds(*asked);
}

HeadResult head_file(HttpClient& client, const HubFileId& id, const HubOptions& options,
                     int retries) {
  for (int attempt = 0;; ++attempt) {
    HttpResponse response;
    HeadResult result = head_once(client, id, options, response);
    if (!result.can_retry || attempt >= retries) return result;
    const auto wait = wait_before_retry(response, attempt, options);
    if (!wait) return result;
    log_warning("{}; trying again in {} ms", result.problem, wait->count());
    std::this_thread::sleep_for(*wait);
  }
}

}  // namespace attune
