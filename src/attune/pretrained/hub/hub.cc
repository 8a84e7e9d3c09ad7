#include "attune/pretrained/hub/hub.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/pretrained/formats/safe_path.h"
#include "attune/pretrained/hub/download.h"
#include "attune/pretrained/hub/hub_cache.h"

namespace attune {
namespace {

void check_id(const HubFileId& id) {
  check(is_repo_id(id.repo_id), ErrorKind::user,
        "\"{}\" is not the id of a model on the hub; expected \"org/name\" or \"name\"",
        id.repo_id);
  check(is_safe_relative_path(id.revision), ErrorKind::user,
        "\"{}\" is not a revision; expected a branch, a tag or a commit", id.revision);
  check(is_safe_relative_path(id.file), ErrorKind::user,
        "\"{}\" is not the path of a file in a repository", id.file);
}

}  // namespace

/// One repository at one revision.
class HubRepository::State {
 public:
  State(std::string repo_id, std::string revision, const HubOptions& options)
      : repo_id_(std::move(repo_id)),
        revision_(std::move(revision)),
        options_(options),
        cache_(options.cache, repo_id_) {}

  /// The file, or nothing where the repository lacks it (`required`: an error).
  std::optional<fs::path> get(const std::string& file, bool required) {
    const HubFileId id{repo_id_, file, revision_};
    check_id(id);
    // What a commit holds never changes: the cache answers without a request, for what is absent
    // too.
    if (is_commit(revision_)) {
      if (auto path = cache_.find(revision_, file)) return path;
      if (cache_.known_absent(revision_, file)) {
        check(!required, ErrorKind::user, "{} has no file {} at revision {}", repo_id_, file,
              revision_);
        return std::nullopt;
      }
    }
    if (options_.offline) return cached_offline(id, required);
    if (!failure_.empty()) {
      // The commit is known, and its cached files were looked at above.
      check(!required, ErrorKind::io, "{}; {} is not in the cache {}", failure_, id.text(),
            options_.cache.string());
      return std::nullopt;
    }
    // No retries yet: where the cache can answer, a run without network must not wait for them.
    HeadResult head = head_file(client_, id, options_, 0);
    using Status = HeadResult::Status;
    if (head.status == Status::refused || head.status == Status::unavailable) {
      if (const auto cached = cached_despite(id, head.problem, required)) {
        if (cached->has_value()) failure_ = head.problem;
        return *cached;
      }
      if (head.can_retry) head = head_file(client_, id, options_, options_.retries);
    }
    switch (head.status) {
      case Status::found:
        return obtain(id, head.file);
      case Status::no_file:
        return absent(id, head, required);
      case Status::unavailable:
        fail(ErrorKind::io, "{}", head.problem);
      default:
        fail(ErrorKind::user, "{}", head.problem);
    }
  }

  /// From here on the commit that `path`, a file of the snapshot, belongs to.
  void pin_to_commit_of(const fs::path& path) {
    const fs::path inside = path.lexically_relative(cache_.folder() / "snapshots");
    revision_ = inside.begin()->string();
  }

  fs::path snapshot() const { return cache_.snapshot(revision_); }

  std::string why_cached() const {
    return options_.offline ? "offline mode is on (HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE)"
                            : failure_;
  }

 private:
  fs::path obtain(const HubFileId& id, const RemoteFile& remote) {
    if (auto path = cache_.find(remote.commit, id.file)) {
      remember([&] { cache_.write_ref(id.revision, remote.commit); });
      return *path;
    }
    cache_.prepare();
    const fs::path blob = cache_.blob(remote.etag);
    std::error_code error;
    // Blobs are named by their content: another revision may have brought the same file.
    const bool is_new = !fs::exists(blob, error);
    if (is_new) download_blob(client_, remote, options_, id.file, blob);
    const fs::path path =
        cache_.place(remote.etag, remote.commit, id.file, options_.symlinks, is_new);
    // Last: an interrupted run leaves no reference to a commit whose file is missing.
    cache_.write_ref(id.revision, remote.commit);
    return path;
  }

  /// Notes that only save requests later: a cache that cannot be written to must not stop the run.
  template <typename Write>
  void remember(Write&& write) {
    try {
      write();
    } catch (const Error& error) {
      log_warning("{}", error.what());
    }
  }

  std::optional<fs::path> absent(const HubFileId& id, const HeadResult& head, bool required) {
    if (!head.file.commit.empty()) {
      remember([&] {
        cache_.mark_absent(head.file.commit, id.file);
        cache_.write_ref(id.revision, head.file.commit);
      });
    }
    check(!required, ErrorKind::user, "{}", head.problem);
    return std::nullopt;
  }

  std::optional<fs::path> cached_offline(const HubFileId& id, bool required) {
    const auto commit = cache_.commit_of(id.revision);
    auto path = commit ? cache_.find(*commit, id.file) : std::nullopt;
    check(path.has_value() || !required, ErrorKind::user,
          "offline mode is on (HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE) and {} is not in the cache "
          "{}; run once with the network, or use a model folder that is on this machine",
          id.text(), options_.cache.string());
    return path;
  }

  /// What the cache says about a file when the hub has failed with `problem`; nothing where it
  /// says nothing.
  std::optional<std::optional<fs::path>> cached_despite(const HubFileId& id,
                                                        const std::string& problem, bool required) {
    const auto commit = cache_.commit_of(id.revision);
    if (!commit) return std::nullopt;
    auto path = cache_.find(*commit, id.file);
    // That an optional file is not in the cache does not mean that the repository lacks it; only a
    // marker says so.
    if (!path && (required || !cache_.known_absent(*commit, id.file))) return std::nullopt;
    log_warning("{}. Using {} from the cache", problem, id.text());
    return path;
  }

  std::string repo_id_, revision_;
  const HubOptions options_;
  HubCache cache_;
  HttpClient client_;
  std::string failure_;  ///< the hub's, where the cache has answered instead
};

HubRepository::HubRepository(std::string repo_id, std::string revision, const HubOptions& options)
    : state_(std::make_unique<State>(std::move(repo_id), std::move(revision), options)) {}

HubRepository::~HubRepository() = default;

std::optional<fs::path> HubRepository::find(const std::string& file) {
  auto path = state_->get(file, false);
  if (path) state_->pin_to_commit_of(*path);
  return path;
}

fs::path HubRepository::get(const std::string& file) {
  fs::path path = *state_->get(file, true);
  state_->pin_to_commit_of(path);
  return path;
}

fs::path HubRepository::snapshot() const {
  return state_->snapshot();
}

std::string HubRepository::why_cached() const {
  return state_->why_cached();
}

// After huggingface_hub's validate_repo_id (utils/_validators.py); "--" joins the parts of the
// cache's folder name and must not stand in them.
bool is_repo_id(std::string_view name) {
  const auto parts = split(name, '/');
  const bool parts_fit =
      parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
        return !part.empty() && part.front() != '-' && part.front() != '.' && part.back() != '-' &&
               part.back() != '.' && std::all_of(part.begin(), part.end(), [](char c) {
                 return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                        c == '.';
               });
      });
  return parts_fit && name.size() <= 96 && name.find("--") == std::string_view::npos &&
         name.find("..") == std::string_view::npos && !name.ends_with(".git");
}

fs::path hub_file(const std::string& repo_id, const std::string& file, const std::string& revision,
                  const HubOptions& options) {
  return HubRepository(repo_id, revision, options).get(file);
}

std::optional<fs::path> hub_file_if_exists(const std::string& repo_id, const std::string& file,
                                           const std::string& revision, const HubOptions& options) {
  return HubRepository(repo_id, revision, options).find(file);
}

}  // namespace attune
