#include "attune/data/audio/annotations/annotation.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/annotations/eaf.h"
#include "attune/data/audio/annotations/subtitles.h"
#include "attune/data/audio/annotations/textgrid.h"
#include "attune/data/readers/encoding.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxAnnotationBytes = 256u << 20;

/// In UTF-8: by the byte order mark that Praat and Windows put in front, else by the option.
std::string in_utf8(std::string bytes, const std::string& encoding, const std::string& name) {
  using namespace std::literals;
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) {
    bytes = decode_text(bytes, "utf-16", name);
  } else if (bytes.starts_with("\xEF\xBB\xBF"sv)) {
    bytes.erase(0, 3);
  } else {
    bytes = decode_text(bytes, encoding, name);
  }
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) bytes.erase(0, 3);
  if (const auto bad = find_invalid_utf8(bytes)) {
    fail(ErrorKind::data,
         "{}:{}: it is no UTF-8 (byte 0x{:02X}); give what it is in as --encoding, e.g. latin-1",
         name,
         std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*bad), '\n') + 1,
         static_cast<unsigned char>(bytes[*bad]));
  }
  return bytes;
}

}  // namespace

Annotation read_annotation(const fs::path& path, const std::string& encoding) {
  const std::string name = path.string();
  const std::string ending = to_lower_ascii(path.extension().string());
  std::string bytes = read_file(path, kMaxAnnotationBytes);
  check(!bytes.empty(), ErrorKind::data, "{}: the file is empty", name);
  if (ending == ".eaf") return parse_eaf(bytes, name);
  if (ending == ".textgrid") return parse_textgrid(in_utf8(std::move(bytes), encoding, name), name);
  check(ending == ".srt" || ending == ".vtt", ErrorKind::user,
        "{}: expected an annotation: .TextGrid, .eaf, .srt or .vtt", name);
  return parse_subtitles(in_utf8(std::move(bytes), encoding, name), name);
}

}  // namespace attune
