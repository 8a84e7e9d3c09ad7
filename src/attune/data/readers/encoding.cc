#include "attune/data/readers/encoding.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <iconv.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

/// Python's names that iconv writes otherwise. What is not here differs by case and dashes alone.
std::string iconv_name(const std::string& encoding) {
  constexpr std::array<std::pair<std::string_view, const char*>, 11> kNames = {{
      {"utf8", "UTF-8"},
      {"utf8sig", "UTF-8"},
      {"utf16", "UTF-16"},
      {"utf16le", "UTF-16LE"},
      {"utf16be", "UTF-16BE"},
      {"utf32", "UTF-32"},
      {"utf32le", "UTF-32LE"},
      {"utf32be", "UTF-32BE"},
      {"l1", "LATIN1"},
      {"ansi", "CP1252"},
      {"macroman", "MACINTOSH"},
  }};
  std::string plain = to_lower_ascii(encoding);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == ' '; });
  for (const auto& [python, name] : kNames) {
    if (plain == python) return name;
  }
  if (plain.starts_with("latin")) return plain;
  std::string name = encoding;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

class EncodedSource : public ByteSource {
 public:
  EncodedSource(std::unique_ptr<ByteSource> source, const std::string& encoding)
      : source_(std::move(source)), encoding_(encoding), input_(std::size_t{1} << 16) {
    const std::string known = iconv_name(encoding);
    // iconv takes more behind a slash: //TRANSLIT would replace characters in silence.
    if (known.find('/') == std::string::npos) converter_ = iconv_open("UTF-8", known.c_str());
    check(converter_ != kNone, ErrorKind::user,
          "--encoding: \"{}\" is not known; expected e.g. utf-8, latin-1, cp1252 or utf-16 "
          "(`iconv -l` lists them)",
          encoding);
    // In these a character of one byte is ASCII, so that nothing else can look like UTF-8.
    is_wide_ = known.starts_with("UTF-16") || known.starts_with("UTF-32");
  }
  ~EncodedSource() override {
    if (converter_ != kNone) iconv_close(converter_);
  }
  EncodedSource(const EncodedSource&) = delete;
  EncodedSource& operator=(const EncodedSource&) = delete;

  std::size_t read(char* bytes, std::size_t size) override {
    // A character that finds no room must not look like the end: small reads go over a buffer.
    while (begin_ == output_.size() && !at_end_) convert();
    const std::size_t count = std::min(size, output_.size() - begin_);
    std::memcpy(bytes, output_.data() + begin_, count);
    begin_ += count;
    return count;
  }
  const std::string& name() const override { return source_->name(); }

 private:
  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);

  void convert() {
    const std::size_t got = source_->read(input_.data() + kept_, input_.size() - kept_);
    refuse_utf8(std::string_view(input_.data(), kept_ + got));
    if (got == 0) {
      check(kept_ == 0, ErrorKind::data, "{}: the last character is cut off for --encoding {}",
            name(), encoding_);
      at_end_ = true;
      return;
    }
    begin_ = 0;
    output_.resize(4 * input_.size());  // one byte never becomes more than a character of four
    char *in = input_.data(), *out = output_.data();
    std::size_t in_left = kept_ + got, out_left = output_.size();
    if (iconv(converter_, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1) &&
        errno != EINVAL) {
      check(errno == EILSEQ, ErrorKind::internal, "iconv: {}", errno_text(errno));
      fail(ErrorKind::data, "{}: byte 0x{:02X} at offset {} is no {}; is --encoding right?", name(),
           static_cast<unsigned char>(*in), offset_ + (in - input_.data()), encoding_);
    }
    offset_ += in - input_.data();
    output_.resize(output_.size() - out_left);
    // EINVAL: the rest is the beginning of a character.
    kept_ = in_left;
    std::memmove(input_.data(), in, in_left);
  }

  /// Of the first piece that has more than ASCII. A file that is valid UTF-8 by chance has next to
  /// no such characters.
  void refuse_utf8(std::string_view bytes) {
    if (judged_) return;
    const bool has_zero = bytes.find('\0') != std::string_view::npos;
    const auto is_high = [](char c) { return (c & '\x80') != 0; };
    const bool has_high = std::any_of(bytes.begin(), bytes.end(), is_high);
    if (is_wide_ ? bytes.empty() : !has_high) return;
    const auto bad = find_invalid_utf8(bytes);
    const std::string_view tail = bytes.substr(bad.value_or(bytes.size()));
    // A character that goes on in the next piece is no sign of another encoding, nor of this one.
    const bool is_cut = tail.size() < 4 && std::all_of(tail.begin(), tail.end(), is_high);
    const bool has_more =
        std::any_of(bytes.begin(), bytes.end() - static_cast<long>(tail.size()), is_high);
    if (!is_wide_ && is_cut && !has_more) return;
    judged_ = true;
    check((bad && !is_cut) || has_zero, ErrorKind::data,
          "{}: the file is UTF-8, not {}; leave out --encoding (or set --encoding utf-8)", name(),
          encoding_);
  }

  std::unique_ptr<ByteSource> source_;
  std::string encoding_;
  std::vector<char> input_;
  std::string output_;
  iconv_t converter_ = kNone;
  std::size_t begin_ = 0, kept_ = 0;
  std::int64_t offset_ = 0;
  bool is_wide_ = false, judged_ = false, at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> decode_source(std::unique_ptr<ByteSource> source,
                                          const std::string& encoding) {
  if (iconv_name(encoding) == "UTF-8") return source;
  return std::make_unique<EncodedSource>(std::move(source), encoding);
}

std::string decode_text(std::string_view bytes, const std::string& encoding,
                        const std::string& name) {
  const auto source = decode_source(open_memory(bytes, name), encoding);
  std::string text;
  char buffer[1 << 14];
  while (const std::size_t got = source->read(buffer, sizeof buffer)) text.append(buffer, got);
  return text;
}

}  // namespace attune
