#include "attune/base/error.h"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "attune/base/text/human.h"

namespace attune {
namespace {

/// "1024", "8.0 MiB"; "" where there is no limit.
std::string limit_text(int resource, bool in_bytes) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return "";
  }
  return in_bytes ? human_bytes(limit.rlim_cur) : fmt::format("{}", limit.rlim_cur);
}

/// Free space where the path is, or would be.
std::string free_text(const std::string& path) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(path, error);
  struct statvfs system {};
  while (!error && !folder.empty() && statvfs(folder.c_str(), &system) != 0) {
    if (folder == folder.parent_path()) return "";
    folder = folder.parent_path();
  }
  if (error || path.empty() || system.f_frsize == 0) return "";
  // Of a device, or where the disk is not what is full.
  const std::filesystem::file_type type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::character || type == std::filesystem::file_type::block) {
    return "";
  }
  return fmt::format("{} are free there: ",
                     human_bytes(std::uint64_t{system.f_bavail} * std::uint64_t{system.f_frsize}));
}

std::string limit_hint(const char* what, const std::string& limit, const char* flag) {
  return limit.empty()
             ? std::string()
             : fmt::format("; the limit of {} is {}: raise it (ulimit {})", what, limit, flag);
}

}  // namespace

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number);
}

std::string io_hint(int error_number, const std::string& path) {
  switch (error_number) {
    case ENOSPC:
      return fmt::format("; {}free some space or choose another folder", free_text(path));
    case EDQUOT:
      return "; your quota there is used up: free some space or choose another folder";
    case EFBIG: {
      const std::string hint = limit_hint("a file's size", limit_text(RLIMIT_FSIZE, true), "-f");
      return hint.empty() ? "; the file system takes no larger files: choose another folder" : hint;
    }
    case EMFILE:
      return limit_hint("open files", limit_text(RLIMIT_NOFILE, false), "-n");
    case ENFILE:
      return "; the whole system has too many files open: end other programs";
    case EAGAIN:
      return limit_hint("processes and threads", limit_text(RLIMIT_NPROC, false), "-u");
    case ENOMEM: {
      const std::string hint = limit_hint("memory", limit_text(RLIMIT_AS, true), "-v");
      return hint.empty() ? "; end other programs, or take a machine with more memory" : hint;
    }
    case EACCES:
    case EPERM:
    case EROFS:
      return "; check its permissions or choose another path";
    case ENOENT:
      return "; check the path";
    default:
      return "";
  }
}

void fail_io(const std::string& action, const std::string& path, int error_number) {
  fail(ErrorKind::io, "cannot {} {}: {}{}", action, path, errno_text(error_number),
       io_hint(error_number, path));
}

}  // namespace attune
