#include "attune/pretrained/hub/download.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/text/human.h"
#include "attune/pretrained/hub/partial_file.h"
#include "attune/pretrained/hub/url.h"

namespace attune {
namespace {

constexpr int kMaxRedirects = 5;
// Without a size nothing else bounds what a server may write to the disk.
constexpr std::uint64_t kMaxUnannounced = 1u << 30;

void check_disk_space(const RemoteFile& remote, const PartialFile& partial,
                      const std::string& label) {
  if (!remote.size || *remote.size <= partial.size()) return;
  std::error_code error;
  const auto space = fs::space(partial.path().parent_path(), error);
  const std::uint64_t wanted = *remote.size - partial.size();
  check(error || space.available >= wanted, ErrorKind::io,
        "{} takes {}, but only {} are free in {}; free some space or set HF_HUB_CACHE to a folder "
        "on another disk",
        label, human_bytes(wanted), human_bytes(space.available),
        partial.path().parent_path().string());
}

/// One download: requests until the partial file is whole.
class Download {
 public:
  Download(HttpClient& client, const RemoteFile& remote, const HubOptions& options,
           const std::string& label, PartialFile& partial)
      : client_(client),
        remote_(remote),
        options_(options),
        label_(label),
        activity_("download " + label),
        partial_(partial) {}

  void run() {
    int failures = 0;  // in a row, without a byte in between
    if (partial_.size() > remote_.size.value_or(kMaxUnannounced)) partial_.clear();
    while (!remote_.size || partial_.size() < *remote_.size || *remote_.size == 0) {
      const std::uint64_t before = partial_.size();
      const HttpResponse response = get();
      if (is_complete(response)) break;
      if (partial_.size() > before) failures = 0;
      wait_or_fail(response, failures++);
    }
    report(true);
    const std::uint64_t got = partial_.size();
    const bool whole = !remote_.size || got == *remote_.size;
    if (!whole) partial_.remove();
    check(whole, ErrorKind::io,
          "{}: the server sent {} bytes, but had announced {}; they were thrown away, try again",
          label_, got, remote_.size.value_or(0));
  }

 private:
  HttpResponse get() {
    std::string url = remote_.url;
    const std::uint64_t offset = partial_.size();
    for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
      HttpRequest request{url, request_headers(url, options_), options_.download_timeout};
      // RFC 9110, section 14.2: a server may ignore a range, so `receive` looks at what came.
      if (offset > 0) request.headers.push_back(fmt::format("Range: bytes={}-", offset));
      started_ = false;
      HttpResponse response =
          client_.get(request, [&](const HttpResponse& so_far, std::string_view bytes) {
            receive(so_far, offset, bytes);
          });
      const std::string location = response.header("location");
      if (!response.is_redirect() || location.empty()) return response;
      url = resolve_url(url, location);
    }
    fail(ErrorKind::io, "{} redirects without end", without_query(remote_.url));
  }

  void receive(const HttpResponse& response, std::uint64_t offset, std::string_view bytes) {
    if (!started_) {
      started_ = true;
      // A server may ignore the range and send all again, or send another part.
      const std::string range = fmt::format("bytes {}-", offset);
      const bool resumes =
          response.status == 206 && response.header("content-range").starts_with(range);
      if (offset > 0 && !resumes) partial_.clear();
    }
    const std::uint64_t limit = remote_.size.value_or(kMaxUnannounced);
    // Checked before each write: a server that sends without end must not fill the disk.
    const bool fits = bytes.size() <= limit - partial_.size();
    if (!fits) partial_.remove();
    check(fits, ErrorKind::io, "{}: the server sends more than the {} bytes it {}", label_, limit,
          remote_.size ? "had announced" : "may send without announcing a size");
    partial_.append(bytes);
    report(false);
  }

  bool is_complete(const HttpResponse& response) {
    if (response.status / 100 != 2) return false;
    const bool whole = response.failure == HttpResponse::Failure::none;
    // Offsets into compressed content mean nothing for what was decompressed.
    if (!whole && !response.header("content-encoding").empty()) partial_.clear();
    return whole;
  }

  /// Waits before the next attempt or throws because there is none.
  void wait_or_fail(const HttpResponse& response, int failures) {
    const bool broken = response.failure != HttpResponse::Failure::none;
    // RFC 9110, section 15.5.17: the range begins behind the content; what is there cannot be its
    // beginning.
    if (response.status == 416 && !broken) partial_.clear();
    const std::string problem =
        broken ? response.failure_text
               : fmt::format("HTTP {} from {}", response.status, without_query(remote_.url));
    const bool transient = broken || response.status == 416 || is_transient_status(response.status);
    const auto wait = wait_before_retry(response, failures, options_);
    check(transient && wait.has_value() && failures < options_.retries, ErrorKind::io,
          "cannot download {}: {}. {} are kept; run the same again to continue", label_, problem,
          human_bytes(partial_.size()));
    log_warning("download of {} interrupted ({}); going on from {} in {} ms", label_, problem,
                human_bytes(partial_.size()), wait->count());
    std::this_thread::sleep_for(*wait);
  }

  void report(bool finished) {
    report_progress({activity_, static_cast<std::int64_t>(partial_.size()),
                     static_cast<std::int64_t>(remote_.size.value_or(0)), "bytes", "", finished});
  }

  HttpClient& client_;
  const RemoteFile& remote_;
  const HubOptions& options_;
  const std::string& label_;
  const std::string activity_;
  PartialFile& partial_;
  bool started_ = false;
};

/// Whether the content has the hash that its ETag is: SHA-256, or SHA-1 as git computes it for a
/// blob. An ETag of another kind (a mirror's) says nothing about the content.
bool hash_matches(const PartialFile& partial, const std::string& etag) {
  const bool is_hex = std::all_of(etag.begin(), etag.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!is_hex || (etag.size() != 40 && etag.size() != 64)) {
    log_info("the ETag {} is no hash; only the size of the download was checked", etag);
    return true;
  }
  Hasher hasher(etag.size() == 40 ? HashAlgorithm::sha1 : HashAlgorithm::sha256);
  if (etag.size() == 40) {
    // git hashes "blob <size>", a zero byte and the content (Pro Git, 10.2).
    hasher.update(std::string_view(fmt::format("blob {}", partial.size())));
    hasher.update(std::string_view("\0", 1));
  }
  std::ifstream file(partial.path(), std::ios::binary);
  std::vector<char> buffer(1 << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0) {
    hasher.update(std::string_view(buffer.data(), static_cast<std::size_t>(file.gcount())));
  }
  return hasher.hex_digest() == etag;
}

}  // namespace

void download_blob(HttpClient& client, const RemoteFile& remote, const HubOptions& options,
                   const std::string& label, const fs::path& destination) {
  PartialFile partial(destination);
  check_disk_space(remote, partial, label);
  Download(client, remote, options, label, partial).run();
  bool good = hash_matches(partial, remote.etag);
  // What was appended earlier was never synced, and a power cut may have left holes in it; that
  // must not cost the user a failed run.
  if (!good && partial.taken_over()) {
    log_warning("{}: what an earlier attempt had left is damaged; downloading it from the start",
                label);
    partial.clear();
    Download(client, remote, options, label, partial).run();
    good = hash_matches(partial, remote.etag);
  }
  if (!good) partial.remove();
  check(good, ErrorKind::io,
        "{}: the content from {} does not have the hash {} that the hub states; it was thrown "
        "away. Try again; if it stays so, a proxy changes it",
        label, without_query(remote.url), remote.etag);
  partial.finish();
}

}  // namespace attune
