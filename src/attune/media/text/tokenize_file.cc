#include "attune/media/text/tokenize_file.h"

#include <cerrno>
#include <fstream>

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

/// Fills `lines` with the next ones of the file; false at its end.
bool read_chunk(std::istream& in, std::vector<std::string>& lines) {
  lines.clear();
  std::string line;
  std::size_t bytes = 0;
  while (lines.size() < kChunkLines && bytes < kChunkBytes && std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    bytes += line.size();
    lines.push_back(std::move(line));
  }
  return !lines.empty();
}

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
  // ifstream need not set it: an older failure would be reported.
  errno = 0;
  std::ifstream in(input, std::ios::binary);
  if (!in || fs::is_directory(input)) fail_io("read", input.string(), in ? EISDIR : errno);
  AtomicFile out(output);
  std::vector<std::string> lines;
  std::int64_t done = 0;
  while (read_chunk(in, lines)) {
    check_utf8(lines, done, input);
    std::string text;
    for (const Encoding& encoding : tokenizer.encode_batch(lines, {}, {}, threads)) {
      append_json(encoding, text);
    }
    out.write(text);
    done += static_cast<std::int64_t>(lines.size());
    report_progress({"tokenize", done, 0, "lines", "", false});
  }
  if (in.bad()) fail_io("read", input.string(), errno);
  out.commit();
  report_progress({"tokenize", done, 0, "lines", "", true});
}

}  // namespace attune
