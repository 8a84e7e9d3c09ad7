#include "attune/media/text/tokenize_file.h"

#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/progress.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

// Enough lines for every thread of encode_batch (64 each); fewer where they are long, so that a
// chunk stays small beside memory.
constexpr std::size_t kChunkLines = 8192;
constexpr std::size_t kChunkBytes = 8u << 20;

void append_json(const Encoding& encoding, std::string& out) {
  out += "{\"ids\": [";
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "{}{}", i ? ", " : "", encoding.ids[i]);
  }
  out += "], \"tokens\": [";
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    if (i) out += ", ";
    out += dump_json_line(encoding.tokens[i]);
  }
  out += "], \"offsets\": [";
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    const Span span = encoding.offsets[i];
    fmt::format_to(std::back_inserter(out), "{}[{}, {}]", i ? ", " : "", span.begin, span.end);
  }
  out += "]}\n";
}

/// The lines of a file, without their ends.
class Lines {
 public:
  explicit Lines(const fs::path& path) : file_(path) {}

  /// Fills `lines` with the next ones; false at the end.
  bool next_chunk(std::vector<std::string>& lines) {
    lines.clear();
    std::string line;
    std::size_t bytes = 0;
    while (lines.size() < kChunkLines && bytes < kChunkBytes && next(line)) {
      if (line.ends_with('\r')) line.pop_back();
      bytes += line.size();
      lines.push_back(std::move(line));
    }
    return !lines.empty();
  }

 private:
  bool next(std::string& line) {
    line.clear();
    for (;;) {
      const std::size_t end = buffer_.find('\n', begin_);
      line.append(buffer_, begin_, end == std::string::npos ? end : end - begin_);
      if (end != std::string::npos) {
        begin_ = end + 1;
        return true;
      }
      begin_ = 0;
      buffer_.resize(std::size_t{1} << 16);
      buffer_.resize(file_.read(buffer_.data(), buffer_.size()));
      // What follows the last line end is a line unless it is empty.
      if (buffer_.empty()) return !line.empty();
    }
  }

  InputFile file_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

void check_utf8(const std::vector<std::string>& lines, std::int64_t done, const fs::path& input) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto invalid = find_invalid_utf8(lines[i]);
    check(!invalid, ErrorKind::data,
          "{}:{}: not valid UTF-8 at byte {} of the line; convert the file to UTF-8",
          input.string(), done + static_cast<std::int64_t>(i) + 1, invalid.value_or(0));
  }
}

}  // namespace

void tokenize_file(const Tokenizer& tokenizer, const fs::path& input, const fs::path& output,
                   int threads) {
  Lines in(input);
  AtomicFile out(output);
  std::vector<std::string> lines;
  std::int64_t done = 0;
  while (in.next_chunk(lines)) {
    check_utf8(lines, done, input);
    std::string text;
    for (const Encoding& encoding : tokenizer.encode_batch(lines, {}, {}, threads)) {
      append_json(encoding, text);
    }
    out.write(text);
    done += static_cast<std::int64_t>(lines.size());
    report_progress({"tokenize", done, 0, "lines", "", false});
  }
  out.commit();
  report_progress({"tokenize", done, 0, "lines", "", true});
}

}  // namespace attune
