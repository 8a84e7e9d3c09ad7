#include "attune/base/disk/file_kind.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows (path_resolution(7))

bool is_in_proc(const fs::path& link) {
  struct statfs system {};
  const fs::path folder = link.has_parent_path() ? link.parent_path() : fs::path(".");
  return statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

}  // namespace

std::string_view file_kind(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO (named pipe)";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  if (S_ISSOCK(mode)) return "a socket";
  return "no regular file";
}

FollowedPath follow_links(const fs::path& path) {
  fs::path at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    std::error_code error;
    const fs::path target = fs::read_symlink(at, error);
    if (error) return {at};  // no link, or nothing there
    // The text of such a link ("pipe:[4711]", "/tmp/x (deleted)") is no path.
    if (is_in_proc(at)) return {at, true};
    at = target.is_absolute() ? target : at.parent_path() / target;
  }
  fail_io("follow the links of", path, ELOOP);
}

}  // namespace attune
