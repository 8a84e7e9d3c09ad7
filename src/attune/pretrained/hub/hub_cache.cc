#include "attune/pretrained/hub/hub_cache.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <system_error>

#include <unistd.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// A name beside `path` that no other process or thread uses.
fs::path unique_beside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  return path.parent_path() /
         fmt::format(".{}.{}-{}.tmp", path.filename().string(), getpid(), counter++);
}

void rename_or_fail(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(from, ignored);
  fail_io("write", to, error.value());
}

/// Whether a relative link from `pointer` to `blob` could be made.
bool link_to(const fs::path& blob, const fs::path& pointer) {
  const fs::path temporary = unique_beside(pointer);
  std::error_code error;
  // Relative, as huggingface_hub makes them: the cache may be moved, or mounted elsewhere in a
  // container.
  fs::create_symlink(fs::relative(blob, pointer.parent_path()), temporary, error);
  if (error) return false;
  // Renamed, since symlink(2) fails where the name exists: a link whose blob is gone, or another
  // process that was faster.
  rename_or_fail(temporary, pointer);
  return true;
}

void copy_to(const fs::path& blob, const fs::path& pointer) {
  const fs::path temporary = unique_beside(pointer);
  std::error_code error;
  fs::copy_file(blob, temporary, error);
  if (error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    fail_io("write", pointer, error.value());
  }
  rename_or_fail(temporary, pointer);
}

}  // namespace

bool is_commit(std::string_view revision) {
  return revision.size() == 40 && std::all_of(revision.begin(), revision.end(), [](char c) {
           return std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

HubCache::HubCache(const fs::path& root, const std::string& repo_id)
    : root_(root), folder_(root / ("models--" + join(split(repo_id, '/'), "--"))) {}

std::optional<std::string> HubCache::commit_of(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  const fs::path ref = folder_ / "refs" / revision;
  if (!is_there(ref)) return std::nullopt;
  // huggingface_hub writes the commit without a newline; one that was written by hand may have it.
  const std::string content = read_file(ref, 4096);
  const std::string commit(trim(content));
  check(is_commit(commit), ErrorKind::data,
        "{} holds no commit id; remove the file to have it fetched again", ref.string());
  return commit;
}

std::optional<fs::path> HubCache::find(const std::string& commit, const std::string& file) const {
  fs::path path = snapshot(commit) / file;
  if (!is_there(path)) return std::nullopt;
  return path;
}

bool HubCache::known_absent(const std::string& commit, const std::string& file) const {
  return is_there(folder_ / ".no_exist" / commit / file);
}

void HubCache::write_ref(const std::string& revision, const std::string& commit) const {
  if (is_commit(revision)) return;
  const fs::path ref = folder_ / "refs" / revision;
  // A cache that is up to date may be read-only.
  if (is_there(ref) && read_file(ref, 4096) == commit) return;
  make_directories(ref.parent_path());
  // No newline behind it: huggingface_hub reads the file (try_to_load_from_cache) without
  // stripping.
  write_file_atomically(ref, commit);
}

void HubCache::mark_absent(const std::string& commit, const std::string& file) const {
  const fs::path marker = folder_ / ".no_exist" / commit / file;
  if (is_there(marker)) return;
  make_directories(marker.parent_path());
  write_file_atomically(marker, "");
}

void HubCache::prepare() const {
  make_directories(folder_ / "blobs");
  const fs::path tag = root_ / "CACHEDIR.TAG";
  if (is_there(tag)) return;
  // Signature of the Cache Directory Tagging Specification (bford.info/cachedir), which must be
  // these bytes.
  write_file_atomically(tag,
                        "Signature: 8a477f597d28d172789f06886806bc55\n"
                        "# Downloaded models; they can be fetched again.\n");
}

fs::path HubCache::place(const std::string& etag, const std::string& commit,
                         const std::string& file, bool symlinks, bool may_move) const {
  const fs::path pointer = snapshot(commit) / file;
  make_directories(pointer.parent_path());
  if (symlinks && link_to(blob(etag), pointer)) return pointer;
  // A blob that was there before may serve other snapshots.
  if (may_move) {
    rename_or_fail(blob(etag), pointer);
  } else {
    copy_to(blob(etag), pointer);
  }
  return pointer;
}

}  // namespace attune
