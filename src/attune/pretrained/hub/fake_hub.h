#pragma once

// For tests only: servers that answer as huggingface.co and its CDN do.

#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "attune/base/coding/hash.h"
#include "attune/pretrained/hub/test_server.h"

namespace attune {

class FakeHub {
 public:
  struct File {
    std::string content;
    bool large = false;  ///< kept by LFS: redirected to the CDN, named by its SHA-256
  };
  /// A response in place of the usual one; `count` is 0 for the first request to that server.
  using Override = std::function<std::optional<ServerResponse>(const ServerRequest&, int count)>;

  std::string repo = "org/name";
  std::string commit = std::string(38, 'a') + "01";
  std::map<std::string, File> files;
  Override hub_override, cdn_override;  ///< set before the first request

  TestServer hub{[this](const ServerRequest& request) {
    const int count = hub_count_++;
    const auto special = hub_override ? hub_override(request, count) : std::nullopt;
    return special ? *special : answer(request);
  }};
  TestServer cdn{[this](const ServerRequest& request) {
    const int count = cdn_count_++;
    const auto special = cdn_override ? cdn_override(request, count) : std::nullopt;
    return special ? *special : answer_cdn(request);
  }};

  static std::string etag_of(const File& file) {
    Hasher hasher(file.large ? HashAlgorithm::sha256 : HashAlgorithm::sha1);
    if (!file.large) {
      hasher.update(fmt::format("blob {}", file.content.size()));
      hasher.update(std::string_view("\0", 1));
    }
    hasher.update(file.content);
    return hasher.hex_digest();
  }

  /// The content, or the part of it that the request asks for.
  static ServerResponse content(const ServerRequest& request, const std::string& body) {
    const std::string range = request.header("range");
    if (!range.starts_with("bytes=")) return {200, {}, body};
    std::size_t begin = 0;
    std::from_chars(range.data() + 6, range.data() + range.size(), begin);
    if (begin >= body.size()) return {416, {}, ""};
    return {206,
            {{"Content-Range", fmt::format("bytes {}-{}/{}", begin, body.size() - 1, body.size())}},
            body.substr(begin)};
  }

  ServerResponse answer(const ServerRequest& request) const {
    const std::string prefix = "/" + repo + "/resolve/";
    if (!request.target.starts_with(prefix)) return {404, {{"X-Error-Code", "RepoNotFound"}}, "no"};
    const auto slash = request.target.find('/', prefix.size());
    const std::string revision = request.target.substr(prefix.size(), slash - prefix.size());
    if (revision != "main" && revision != commit && revision != "refs%2Fpr%2F3") {
      return {404, {{"X-Error-Code", "RevisionNotFound"}}, "no"};
    }
    const auto found = files.find(request.target.substr(slash + 1));
    if (found == files.end()) {
      return {404, {{"X-Error-Code", "EntryNotFound"}, {"X-Repo-Commit", commit}}, "no"};
    }
    const File& file = found->second;
    const std::string etag = "\"" + etag_of(file) + "\"";
    if (file.large) {
      return {302,
              {{"X-Repo-Commit", commit},
               {"X-Linked-Etag", etag},
               {"X-Linked-Size", fmt::format("{}", file.content.size())},
               {"ETag", "\"of-the-redirect\""},
               {"Location", cdn.url() + "/" + found->first + "?Signature=secret"}},
              "Found. Redirecting"};
    }
    ServerResponse response = content(request, file.content);
    response.headers.emplace_back("X-Repo-Commit", commit);
    response.headers.emplace_back("ETag", "W/" + etag);
    return response;
  }

  ServerResponse answer_cdn(const ServerRequest& request) const {
    const auto found = files.find(request.target.substr(1, request.target.find('?') - 1));
    return found == files.end() ? ServerResponse{404, {}, "no"}
                                : content(request, found->second.content);
  }

 private:
  std::atomic<int> hub_count_{0}, cdn_count_{0};
};

}  // namespace attune
