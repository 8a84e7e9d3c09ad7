#pragma once

#include <optional>
#include <string>

#include "attune/base/files.h"

namespace attune {

/// Whether `revision` is a full commit id (40 hexadecimal digits): what it names never changes.
bool is_commit(std::string_view revision);

/// The folder of one model in the hub's cache, laid out as huggingface_hub does it:
/// `blobs/<etag>`, `refs/<revision>` (a file holding the commit), `snapshots/<commit>/<file>`
/// (relative symbolic links to blobs), `.no_exist/<commit>/<file>` (empty markers).
class HubCache {
 public:
  /// `repo_id` is "org/name" or "name".
  HubCache(const fs::path& root, const std::string& repo_id);

  const fs::path& folder() const { return folder_; }
  fs::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  fs::path snapshot(const std::string& commit) const { return folder_ / "snapshots" / commit; }

  /// `revision` itself if it is a commit, else what `refs/` says; nothing where that is not known.
  std::optional<std::string> commit_of(const std::string& revision) const;
  /// The file in the snapshot, if it is there.
  std::optional<fs::path> find(const std::string& commit, const std::string& file) const;
  /// Whether the hub has said that the commit lacks the file.
  bool known_absent(const std::string& commit, const std::string& file) const;

  void write_ref(const std::string& revision, const std::string& commit) const;
  void mark_absent(const std::string& commit, const std::string& file) const;
  /// Creates the folders for blobs and the root's CACHEDIR.TAG, which keeps backups away.
  void prepare() const;
  /// Makes the blob appear as `file` of the snapshot: by a link, or where `symlinks` is off or the
  /// file system has none by a copy (`may_move`: by moving it). Returns the file's path.
  fs::path place(const std::string& etag, const std::string& commit, const std::string& file,
                 bool symlinks, bool may_move) const;

 private:
  fs::path root_, folder_;
};

}  // namespace attune
