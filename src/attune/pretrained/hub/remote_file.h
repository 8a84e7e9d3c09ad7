#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "attune/pretrained/hub/http_client.h"
#include "attune/pretrained/hub/hub_options.h"

namespace attune {

/// A file of a repository, as the user names it.
struct HubFileId {
  std::string repo_id, file, revision;

  /// "config.json of org/name (revision main)": for messages.
  std::string text() const;
};

/// What the hub says about a file (the answer to HEAD).
struct RemoteFile {
  std::string commit;
  std::string etag;  ///< the blob's name: SHA-256 of a large file, git's SHA-1 of another
  std::string url;   ///< where the content is
  std::optional<std::uint64_t> size;
};

struct HeadResult {
  enum class Status {
    found,
    no_file,      ///< repository and revision are there, the file is not; `file.commit` may be set
    no_revision,  ///< the repository is there
    refused,      ///< not there, private or gated: the hub does not tell which
    unavailable,  ///< no network, or the server fails; `can_retry` where waiting may help
  };

  Status status = Status::unavailable;
  RemoteFile file;
  std::string problem;  ///< what went wrong and what to do, unless `found`
  bool can_retry = false;
};

/// Asks the hub for a file's commit, ETag, size and place; follows relative redirects (a renamed
/// repository). Tries again up to `retries` times where that may help.
HeadResult head_file(HttpClient& client, const HubFileId& id, const HubOptions& options,
                     int retries);

/// The request headers for `url`: the token goes to the endpoint's own host only.
std::vector<std::string> request_headers(const std::string& url, const HubOptions& options);

/// How long to wait before retry `attempt` (from 0): the server's Retry-After, else doubling.
/// Nothing where the server asks for longer than the options allow.
std::optional<std::chrono::milliseconds> wait_before_retry(const HttpResponse& response,
                                                           int attempt, const HubOptions& options);

/// Whether the same request may succeed later: 408, 429, 5xx.
bool is_transient_status(int status);

}  // namespace attune
