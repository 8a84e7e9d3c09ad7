#include "attune/base/error.h"

#include <cerrno>
#include <system_error>

namespace attune {

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number);
}

void fail_io(const std::string& action, const std::string& path, int error_number) {
  const char* hint = "";
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      hint = "; free some space or choose another folder";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      hint = "; check its permissions or choose another path";
      break;
    case ENOENT:
      hint = "; check the path";
      break;
    default:
      break;
  }
  fail(ErrorKind::io, "cannot {} {}: {}{}", action, path, errno_text(error_number), hint);
}

}  // namespace attune
