#include "attune/media/text/ngram/arpa.h"

#include <charconv>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

/// Of a logarithm: sums of such stay finite.
constexpr float kMostSize = 1e6;
constexpr std::string_view kBlank = " \t\r\v\f";

/// As SRILM's ngram-format(5) describes the format.
class ArpaParser {
 public:
  ArpaParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NGramModel parse() {
    read_counts();
    NGramModel model(static_cast<int>(counts_.size()));
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
      ended_ = at_ >= text_.size();
      if (ended_) {
        line_ = "";
        return;
      }
      ++number_;
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      line_ = text_.substr(at_, end - at_);
      at_ = end + 1;
      line_ = line_.substr(0, line_.find_last_not_of(kBlank) + 1);
    } while (line_.empty());
  }

  /// The next word of the line, "" at its end.
  std::string_view next_field() {
    const std::size_t start = std::min(line_.find_first_not_of(kBlank), line_.size());
    const std::size_t end = std::min(line_.find_first_of(kBlank, start), line_.size());
    const std::string_view field = line_.substr(start, end - start);
    line_ = line_.substr(end);
    return field;
  }

  void read_counts() {
    next_line();
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
      check(count <= text_.size() / 4, "{} {}-grams cannot be in a file of {} bytes", count, order,
            text_.size());
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
    check(
        error == std::errc() && end == field.data() + field.size() && std::abs(value) <= kMostSize,
        "the {} is \"{}\"; expected a number of at most {} in size", what, shown(field), kMostSize);
    return value;
  }

  void read_section(NGramModel& model, std::size_t order) {
    check(line_ == fmt::format("\\{}-grams:", order), "expected \\{}-grams:, got \"{}\"", order,
          shown(line_));
    std::uint64_t count = 0;
    for (next_line(); !ended_ && !line_.starts_with('\\'); next_line(), ++count) {
      check(count < counts_[order - 1], "more {}-grams than the {} that \\data\\ promises", order,
            counts_[order - 1]);
      read_ngram(model, order);
    }
    check(count == counts_[order - 1], "{} {}-grams, but \\data\\ promises {}{}", count, order,
          counts_[order - 1], ended_ ? "; the file is cut off" : "");
  }

  void read_ngram(NGramModel& model, std::size_t order) {
    const float log_probability = number_of(next_field(), "probability");
    check(log_probability <= 0, "a log10 probability of {}; expected at most 0", log_probability);
    words_.clear();
    for (std::size_t i = 0; i < order; ++i) {
      const std::string_view word = next_field();
      check(!word.empty(), "{} words; expected {}", i, order);
      if (order == 1) {
        words_.push_back(model.add_word(word));
      } else {
        const bool unknown = word == NGramModel::kUnknown;
        check(unknown || model.knows(word), "\"{}\" is not among the 1-grams", shown(word));
        words_.push_back(model.id_of(word));
      }
    }
    const std::string_view backoff = next_field();
    check(backoff.empty() || order < counts_.size(),
          "\"{}\" behind an n-gram of the highest order, which has no back-off", shown(backoff));
    const float log_backoff = backoff.empty() ? 0 : number_of(backoff, "back-off");
    const std::string_view rest = next_field();
    check(rest.empty(), "\"{}\" behind the back-off", shown(rest));
    check(model.add(words_, log_probability, log_backoff), "this {}-gram stands twice", order);
  }

  std::string_view text_, line_;
  std::string name_;
  std::size_t at_ = 0, number_ = 0;
  bool ended_ = false;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> words_;
};

}  // namespace

NGramModel parse_arpa(std::string_view text, const std::string& name) {
  return ArpaParser(text, name).parse();
}

NGramModel read_arpa(const fs::path& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return parse_arpa({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace attune
