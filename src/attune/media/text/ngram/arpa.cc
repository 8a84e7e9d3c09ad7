#include "attune/media/text/ngram/arpa.h"

#include <charconv>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/utf8.h"
#include "attune/media/inflate.h"

namespace attune {
namespace {

/// Of a logarithm: sums of such stay finite.
constexpr float kMostSize = 1e6;
constexpr std::string_view kBlank = " \t\r\v\f";
constexpr std::size_t kAtOnce = 64;                   ///< n-grams that are looked up together
constexpr std::size_t kPiece = std::size_t{1} << 20;  ///< of a .gz file; also the longest line
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;  ///< unpacked

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/// The lines of a file that lies in memory, or is unpacked piece by piece: language models of
/// gigabytes are handed out as .gz.
class ArpaLines {
 public:
  /// `inflated` may be null: then `bytes` are the text.
  ArpaLines(std::string_view bytes, InflateStream* inflated)
      : inflated_(inflated), rest_(inflated ? "" : bytes) {}

  /// Up to the line's end, which is not part of it; false at the end of the text.
  bool next(std::string_view& line) {
    std::size_t end = rest_.find('\n');
    while (end == rest_.npos && inflated_ && rest_.size() < kPiece && refill()) {
      end = rest_.find('\n');
    }
    if (rest_.empty()) return false;
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
    return true;
  }

 private:
  bool refill() {
    check_stop();
    std::string piece(rest_);
    inflated_->read(kPiece, piece);
    const bool more = piece.size() > rest_.size();
    piece_ = std::move(piece);
    rest_ = piece_;
    return more;
  }

  InflateStream* inflated_;
  std::string piece_;
  std::string_view rest_;
};

/// As SRILM's ngram-format(5) describes the format.
class ArpaParser {
 public:
  ArpaParser(std::string_view bytes, InflateStream* inflated, const std::string& name)
      : lines_(bytes, inflated),
        name_(name),
        file_bytes_(bytes.size()),
        most_bytes_(bytes.size() * (inflated ? InflateStream::kMostRatio : 1)) {}

  NGramModel parse() {
    read_counts();
    NGramModel model(static_cast<int>(counts_.size()));
    // No more than a file of this size can well hold, whatever it promises.
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts_) all += count;
    model.reserve(std::min<std::uint64_t>(all, file_bytes_ / 4),
                  std::min<std::uint64_t>(counts_[0], file_bytes_ / 4));
    for (std::size_t order = 1; order <= counts_.size(); ++order) read_section(model, order);
    check(line_ == "\\end\\", "expected \\end\\ behind the {}-grams, got \"{}\"", counts_.size(),
          shown(line_));
    return model;
  }

 private:
  template <typename... Args>
  void check(bool ok, fmt::format_string<Args...> format, Args&&... args) const {
    if (ok) [[likely]]
      return;
    fail(ErrorKind::data, "{}:{}: {}", name_, number_,
         fmt::format(format, std::forward<Args>(args)...));
  }

  static std::string shown(std::string_view text) {
    if (find_invalid_utf8(text)) return "(bytes that are not UTF-8)";
    return shorten_utf8(text, 60);
  }

  /// The next line that is not empty, without white space at its end; "" at the end of the file.
  void next_line() {
    do {
      ended_ = !lines_.next(line_);
      if (ended_) {
        line_ = "";
        return;
      }
      ++number_;
      check(line_.size() <= kPiece, "a line of more than {} bytes", kPiece);
      while (!line_.empty() && is_blank(line_.back())) line_.remove_suffix(1);
    } while (line_.empty());
  }

  /// The next word of the line, "" at its end.
  std::string_view next_field() {
    std::size_t start = 0;
    while (start < line_.size() && is_blank(line_[start])) ++start;
    std::size_t end = start;
    while (end < line_.size() && !is_blank(line_[end])) ++end;
    const std::string_view field = line_.substr(start, end - start);
    line_.remove_prefix(end);
    return field;
  }

  void read_counts() {
    next_line();
    check(
        !line_.starts_with("mmap lm http://kheafield.com/code"),
        "a binary file of KenLM's, which is not read; give the ARPA file that build_binary made it "
        "of (.arpa, .arpa.gz), or estimate one by attune train-lm");
    check(line_ == "\\data\\", "not an ARPA language model: expected \\data\\, got \"{}\"",
          shown(line_));
    for (next_line(); line_.starts_with("ngram "); next_line()) {
      const std::size_t equals = line_.find('=');
      std::uint64_t order = 0, count = 0;
      check(equals != line_.npos && whole_number(line_.substr(6, equals - 6), order) &&
                whole_number(line_.substr(equals + 1), count),
            "expected ngram ORDER=COUNT, got \"{}\"", shown(line_));
      check(order == counts_.size() + 1 && order <= NGramModel::kMaxOrder,
            "the count of {}-grams where that of {}-grams is expected (at most {})", order,
            counts_.size() + 1, NGramModel::kMaxOrder);
      // A line of an n-gram takes five bytes at least.
      check(count <= most_bytes_ / 4, "{} {}-grams cannot be in a file of {} bytes", count, order,
            file_bytes_);
      counts_.push_back(count);
    }
    check(!counts_.empty(), "expected ngram 1=COUNT, got \"{}\"", shown(line_));
  }

  static bool whole_number(std::string_view text, std::uint64_t& value) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    text = text.substr(0, text.find_last_not_of(kBlank) + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }

  float number_of(std::string_view field, const char* what) {
    float value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    const bool usable =
        error == std::errc() && end == field.data() + field.size() && std::abs(value) <= kMostSize;
    if (!usable) [[unlikely]] {
      check(false, "the {} is \"{}\"; expected a number of at most {} in size", what, shown(field),
            kMostSize);
    }
    return value;
  }

  void read_section(NGramModel& model, std::size_t order) {
    check(line_ == fmt::format("\\{}-grams:", order), "expected \\{}-grams:, got \"{}\"", order,
          shown(line_));
    std::uint64_t count = 0;
    words_.assign(order, 0);
    for (next_line(); !ended_ && !line_.starts_with('\\'); next_line(), ++count) {
      check(count < counts_[order - 1], "more {}-grams than the {} that \\data\\ promises", order,
            counts_[order - 1]);
      read_ngram(model, order);
      if (entries_.size() == kAtOnce) add_ngrams(model, order);
    }
    add_ngrams(model, order);
    check(count == counts_[order - 1], "{} {}-grams, but \\data\\ promises {}{}", count, order,
          counts_[order - 1], ended_ ? "; the file is cut off" : "");
  }

  void read_ngram(NGramModel& model, std::size_t order) {
    const float log_probability = number_of(next_field(), "probability");
    check(log_probability <= 0, "a log10 probability of {}; expected at most 0", log_probability);
    // The words of the n-gram before are those that it begins with.
    const std::size_t first = words_.size() - order;
    for (std::size_t i = first; i < first + order; ++i) {
      const std::string_view word = next_field();
      check(!word.empty(), "{} words; expected {}", i - first, order);
      if (order == 1) {
        words_.push_back(model.add_word(word));
      } else {
        // Files are sorted by first or last words: most are those of the line before.
        const bool again = model.word(words_[i]) == word;
        words_.push_back(again ? words_[i] : known_word(model, word));
      }
    }
    const std::string_view backoff = next_field();
    float log_backoff = 0;
    if (!backoff.empty()) {
      if (order == counts_.size())
        refuse(
            "{} behind an n-gram of the highest order, which has no "
            "back-off",
            backoff);
      log_backoff = number_of(backoff, "back-off");
      const std::string_view rest = next_field();
      if (!rest.empty()) refuse("{} behind the back-off", rest);
    }
    entries_.push_back({log_probability, log_backoff});
    numbers_.push_back(number_);
  }

  void add_ngrams(NGramModel& model, std::size_t order) {
    const auto twice = model.add(std::span(words_).subspan(order), entries_);
    if (twice) number_ = numbers_[*twice];
    check(!twice, "this {}-gram stands twice", order);
    words_.erase(words_.begin(), words_.end() - static_cast<std::ptrdiff_t>(order));
    entries_.clear();
    numbers_.clear();
  }

  std::uint32_t known_word(const NGramModel& model, std::string_view word) const {
    const auto id = model.find_word(word);
    if (!id && word != NGramModel::kUnknown) refuse("{} is not among the 1-grams", word);
    return id ? *id : model.id_of(word);
  }

  [[noreturn]] void refuse(fmt::format_string<std::string> format, std::string_view text) const {
    fail(ErrorKind::data, "{}:{}: {}", name_, number_,
         fmt::format(format, fmt::format("\"{}\"", shown(text))));
  }

  ArpaLines lines_;
  std::string_view line_;
  std::string name_;
  std::uint64_t file_bytes_, most_bytes_;
  std::size_t number_ = 0;
  bool ended_ = false;
  std::vector<std::uint64_t> counts_;
  // N-grams that are not in the model yet, behind the one before them.
  std::vector<std::uint32_t> words_;
  std::vector<NGramModel::Entry> entries_;
  std::vector<std::size_t> numbers_;  ///< of their lines
};

}  // namespace

NGramModel parse_arpa(std::string_view bytes, const std::string& name) {
  const auto raw = std::as_bytes(std::span(bytes));
  if (!looks_like_gzip(raw)) return ArpaParser(bytes, nullptr, name).parse();
  InflateStream inflated(raw, InflateFormat::gzip, kMostBytes, name);
  return ArpaParser(bytes, &inflated, name).parse();
}

NGramModel read_arpa(const fs::path& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return parse_arpa({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace attune
