#include "attune/pretrained/formats/darknet/darknet_cfg.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

// The largest published networks have 250 sections of 15 options.
constexpr std::size_t kMaxSections = 4'096, kMaxOptions = 256, kMaxNumbers = 4'096;
constexpr std::size_t kMaxLine = 1 << 16;

/// Without what darknet's `strip` takes out: blanks stand wherever they please.
std::string without_blanks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r') result += c;
  }
  return result;
}

std::string without_comment(std::string_view value) {
  return std::string(value.substr(0, value.find('#')));
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

[[noreturn]] void refuse(const DarknetCfg& cfg, const DarknetSection& section,
                         const DarknetOption& option, std::string_view expected) {
  fail(ErrorKind::data, "{} line {}, [{}]: {} is \"{}\", expected {}", cfg.source, option.line,
       section.type, option.key, option.value, expected);
}

std::string bounds_text(std::int64_t least, std::int64_t greatest) {
  return fmt::format("a whole number from {} to {}", least, greatest);
}

std::vector<std::string> list_of(const DarknetCfg& cfg, const DarknetSection& section,
                                 const DarknetOption& option) {
  std::vector<std::string> parts = split(without_comment(option.value), ',');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();  // a comma behind the last one
  if (parts.size() > kMaxNumbers) refuse(cfg, section, option, "fewer numbers");
  return parts;
}

}  // namespace

const DarknetOption* DarknetSection::find(std::string_view key) const {
  for (const DarknetOption& option : options) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

void DarknetSection::set(std::string_view key, const std::string& value) {
  for (DarknetOption& option : options) {
    if (option.key == key) {
      option.value = value;
      return;
    }
  }
  options.push_back({std::string(key), value, line});
}

std::string DarknetCfg::text() const {
  std::string result;
  for (const DarknetSection& section : sections) {
    if (!result.empty()) result += '\n';
    result += fmt::format("[{}]\n", section.type);
    for (const DarknetOption& option : section.options) {
      result += fmt::format("{}={}\n", option.key, option.value);
    }
  }
  return result;
}

std::string DarknetCfg::where(const DarknetSection& section) const {
  return fmt::format("{} line {}, [{}]", source, section.line, section.type);
}

std::int64_t DarknetCfg::integer(const DarknetSection& section, std::string_view key,
                                 std::int64_t otherwise, std::int64_t least,
                                 std::int64_t greatest) const {
  const DarknetOption* option = section.find(key);
  if (option == nullptr) return otherwise;
  const auto value = parse_number<std::int64_t>(without_comment(option->value));
  if (!value || *value < least || *value > greatest) {
    refuse(*this, section, *option, bounds_text(least, greatest));
  }
  return *value;
}

double DarknetCfg::real(const DarknetSection& section, std::string_view key,
                        double otherwise) const {
  const DarknetOption* option = section.find(key);
  if (option == nullptr) return otherwise;
  const auto value = parse_real(without_comment(option->value));
  if (!value) refuse(*this, section, *option, "a number");
  return *value;
}

std::string DarknetCfg::text(const DarknetSection& section, std::string_view key,
                             std::string_view otherwise) const {
  const DarknetOption* option = section.find(key);
  return option == nullptr ? std::string(otherwise) : without_comment(option->value);
}

std::vector<std::int64_t> DarknetCfg::integers(const DarknetSection& section, std::string_view key,
                                               std::int64_t least, std::int64_t greatest) const {
  const DarknetOption* option = section.find(key);
  if (option == nullptr) return {};
  std::vector<std::int64_t> values;
  for (const std::string& part : list_of(*this, section, *option)) {
    const auto value = parse_number<std::int64_t>(part);
    if (!value || *value < least || *value > greatest) {
      refuse(*this, section, *option, bounds_text(least, greatest) + ", or several with commas");
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<double> DarknetCfg::reals(const DarknetSection& section, std::string_view key) const {
  const DarknetOption* option = section.find(key);
  if (option == nullptr) return {};
  std::vector<double> values;
  for (const std::string& part : list_of(*this, section, *option)) {
    const auto value = parse_real(part);
    if (!value) refuse(*this, section, *option, "numbers with commas between them");
    values.push_back(*value);
  }
  return values;
}

DarknetCfg parse_darknet_cfg(std::string_view text, const std::string& source) {
  check(!find_invalid_utf8(text), ErrorKind::data,
        "{}: it is no text: expected darknet's description of a network (.cfg)", source);
  DarknetCfg cfg{source, {}};
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    check(raw.size() <= kMaxLine, ErrorKind::data, "{} line {}: it has {} bytes", source, number,
          raw.size());
    std::string line = without_blanks(raw);
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      const std::size_t close = line.find(']');
      check(close != std::string::npos && close > 1, ErrorKind::data,
            "{} line {}: \"{}\" is no section, expected e.g. [convolutional]", source, number,
            line);
      check(cfg.sections.size() < kMaxSections, ErrorKind::data,
            "{} line {}: more than {} sections", source, number, kMaxSections);
      cfg.sections.push_back({line.substr(1, close - 1), number, {}});
      continue;
    }
    const std::size_t equals = line.find('=');
    check(equals != std::string::npos && equals > 0, ErrorKind::data,
          "{} line {}: \"{}\" is neither a [section] nor an option like filters=32", source, number,
          line);
    check(!cfg.sections.empty(), ErrorKind::data,
          "{} line {}: an option before the first [section]", source, number);
    auto& options = cfg.sections.back().options;
    check(options.size() < kMaxOptions, ErrorKind::data, "{} line {}: more than {} options", source,
          number, kMaxOptions);
    options.push_back({line.substr(0, equals), line.substr(equals + 1), number});
  }
  check(!cfg.sections.empty(), ErrorKind::data,
        "{}: it has no [section]: expected darknet's description of a network (.cfg)", source);
  return cfg;
}

}  // namespace attune
