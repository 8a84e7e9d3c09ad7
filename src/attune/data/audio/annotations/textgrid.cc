#include "attune/data/audio/annotations/textgrid.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// What of a TextGrid is no comment, in order.
class TextGridScanner {
 public:
  TextGridScanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  std::string text(const char* what) {
    const std::string_view word = next(what);
    check(word.front() == '"', ErrorKind::data, "{}:{}: expected {}, a text in quotes, got {}",
          name_, line_, what, shorten_utf8(word, 40));
    std::string result;
    for (std::size_t i = 1; i + 1 < word.size(); ++i) {
      result += word[i];
      if (word[i] == '"') ++i;  // a quote in a text is written twice
    }
    return result;
  }

  double number(const char* what) {
    const std::string_view word = next(what);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    check(error == std::errc() && end == word.data() + word.size() && std::isfinite(value),
          ErrorKind::data, "{}:{}: expected {}, a number, got {}", name_, line_, what,
          shorten_utf8(word, 40));
    return value;
  }

  std::int64_t count(const char* what) {
    const double value = number(what);
    // More than the file has bytes cannot follow.
    check(value >= 0 && value == std::floor(value) && value <= static_cast<double>(text_.size()),
          ErrorKind::data, "{}:{}: expected {}, a count, got {}", name_, line_, what, value);
    return static_cast<std::int64_t>(value);
  }

  bool flag(const char* what) {
    const std::string_view word = next(what);
    check(word.front() == '<', ErrorKind::data, "{}:{}: expected {}, got {}", name_, line_, what,
          shorten_utf8(word, 40));
    return word == "<exists>";
  }

  std::int64_t line() const { return line_; }

 private:
  static bool stands_alone(std::string_view word) {
    if (word.front() == '<') return word.size() > 2 && word.back() == '>';
    if (word.size() > 1 && (word.front() == '-' || word.front() == '.')) word.remove_prefix(1);
    return word.front() >= '0' && word.front() <= '9';
  }

  std::string_view quoted() {
    const std::size_t begin = at_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++next_line_;
      if (text_[at_] != '"') continue;
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
        continue;
      }
      ++at_;
      return text_.substr(begin, at_ - begin);
    }
    fail(ErrorKind::data, "{}:{}: a text begins with a quote that is never closed", name_, line_);
  }

  std::string_view next(const char* what) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      line_ = next_line_;
      if (c == '\n') ++next_line_;
      if (is_space(c)) {
        ++at_;
      } else if (c == '"') {
        return quoted();
      } else if (c == '!') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        const std::size_t begin = at_;
        while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
        const std::string_view word = text_.substr(begin, at_ - begin);
        if (stands_alone(word)) return word;
      }
    }
    fail(ErrorKind::data, "{}:{}: the file ends where {} should be: it is cut off", name_,
         next_line_, what);
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1, next_line_ = 1;
};

AnnotationTier read_interval_tier(TextGridScanner& scanner, std::string tier) {
  AnnotationTier result{.name = std::move(tier), .pieces = {}};
  scanner.number("the tier's begin");
  scanner.number("the tier's end");
  const std::int64_t count = scanner.count("the number of intervals");
  for (std::int64_t i = 0; i < count; ++i) {
    AnnotatedPiece piece;
    piece.begin = scanner.number("an interval's begin");
    piece.end = scanner.number("an interval's end");
    piece.text = scanner.text("an interval's text");
    piece.line = scanner.line();
    result.pieces.push_back(std::move(piece));
  }
  return result;
}

void skip_point_tier(TextGridScanner& scanner) {
  scanner.number("the tier's begin");
  scanner.number("the tier's end");
  const std::int64_t count = scanner.count("the number of points");
  for (std::int64_t i = 0; i < count; ++i) {
    scanner.number("a point's time");
    scanner.text("a point's mark");
  }
}

}  // namespace

Annotation parse_textgrid(std::string_view text, const std::string& name) {
  TextGridScanner scanner(text, name);
  const std::string type = scanner.text("\"ooTextFile\"");
  check(type.starts_with("ooTextFile"), ErrorKind::data,
        "{}: it does not begin as a text file of Praat (\"ooTextFile\"); save it as such", name);
  const std::string object = scanner.text("\"TextGrid\"");
  check(object == "TextGrid", ErrorKind::data, "{}:{}: it holds a {}, expected a TextGrid", name,
        scanner.line(), shorten_utf8(object, 40));
  scanner.number("the begin");
  scanner.number("the end");
  Annotation result;
  if (!scanner.flag("whether there are tiers (<exists>)")) return result;
  const std::int64_t tiers = scanner.count("the number of tiers");
  for (std::int64_t i = 0; i < tiers; ++i) {
    const std::string kind = scanner.text("a tier's class");
    std::string tier = scanner.text("a tier's name");
    if (kind == "IntervalTier") {
      result.tiers.push_back(read_interval_tier(scanner, std::move(tier)));
    } else {
      check(kind == "TextTier", ErrorKind::data,
            "{}:{}: a tier of class \"{}\", expected IntervalTier or TextTier", name,
            scanner.line(), shorten_utf8(kind, 40));
      skip_point_tier(scanner);
    }
  }
  return result;
}

}  // namespace attune
