#include <algorithm>
#include <array>
#include <cstring>

#include "attune/base/text/utf8.h"
#include "attune/media/text/normalizers/normalizers.h"
#include "attune/media/text/unicode/code_point_table.h"

namespace attune {
namespace {

struct Options {
  bool clean_text, handle_chinese_chars, strip_accents, lowercase;
};

/// bert.rs, is_control: tab and line ends are control characters by category, but white space to
/// BERT.
bool is_cleaned_away(char32_t c) {
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  return c == 0 || c == 0xFFFD || is_other_category(c);
}

/// What one code point becomes where its neighbours do not matter.
struct Replacement {
  // With the size 16 bytes, so that four neighbours of an alphabet share a cache line.
  static constexpr std::uint8_t kCapacity = 15;
  static constexpr std::uint8_t kDependsOnNeighbours = 0xFF;

  std::uint8_t size = 0;
  std::array<char, kCapacity> bytes{};
};

/// tokenizers/src/normalizers/bert.rs. Clean, space out, strip and lower-case are four passes
/// there; here a code point is looked up once. Only where a combining mark survives, because
/// canonical order then reaches over its neighbours, the four passes run as written.
class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(Options options)
      : options_(options), table_([this](char32_t c) { return replacement(c); }) {
    for (unsigned c = 0; c < 128; ++c) {
      const Replacement& r = table_[c];
      ascii_[c] = r.size == 1 ? r.bytes[0] : kNotOneByte;
    }
  }

  void normalize(NormalizedText& text) const override {
    if (text.is_one_to_one() && normalize_ascii(text)) return;
    if (!normalize_by_table(text)) normalize_by_passes(text);
  }

 private:
  // No ASCII character decomposes or lower-cases to a byte with this bit.
  static constexpr char kNotOneByte = '\x80';

  /// False where a character is dropped, so that bytes no longer stand one for one.
  bool normalize_ascii(NormalizedText& text) const {
    std::string out(text.text().size(), '\0');
    bool all_one = true;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = ascii_[static_cast<unsigned char>(text.text()[i])];
      all_one &= out[i] != kNotOneByte;
    }
    if (all_one) text.assign_one_to_one(std::move(out));
    return all_one;
  }

  bool normalize_by_table(NormalizedText& text) const {
    const std::string& in = text.text();
    const std::vector<std::uint32_t> from = text.origins();
    std::string out;
    std::vector<std::uint32_t> origins;
    out.reserve(in.size() + 16);
    origins.reserve(in.size() + 16);
    for (std::size_t i = 0; i < in.size();) {
      const std::uint32_t origin = from[i];
      const auto byte = static_cast<unsigned char>(in[i]);
      if (byte < 0x80 && ascii_[byte] != kNotOneByte) {
        out += ascii_[byte];
        origins.push_back(origin);
        ++i;
        continue;
      }
      const Replacement& r = table_[next_code_point(in, i)];
      if (r.size == Replacement::kDependsOnNeighbours) return false;
      out.append(r.bytes.data(), r.size);
      origins.insert(origins.end(), r.size, origin);
    }
    text.assign(std::move(out), std::move(origins));
    return true;
  }

  void normalize_by_passes(NormalizedText& text) const {
    if (options_.clean_text) {
      text.keep_if([](char32_t c) { return !is_cleaned_away(c); });
      text.map_each([](char32_t c) { return is_white_space(c) ? U' ' : c; });
    }
    if (options_.handle_chinese_chars) text.surround(is_cjk_ideograph, U' ');
    if (options_.strip_accents) {
      text.to_normal_form(NormalForm::nfd);
      text.keep_if([](char32_t c) { return !is_nonspacing_mark(c); });
    }
    if (options_.lowercase) text.lower_case();
  }

  /// The passes of `normalize_by_passes`, in their order, for one code point.
  Replacement replacement(char32_t c) const {
    if (c >= 0xD800 && c <= 0xDFFF) return {};  // never in well-formed text
    if (options_.clean_text && is_cleaned_away(c)) return {};
    if (options_.clean_text && is_white_space(c)) c = U' ';
    std::u32string chars(1, c);
    if (options_.handle_chinese_chars && is_cjk_ideograph(c)) chars = {U' ', c, U' '};
    bool marks_survive = false;
    if (options_.strip_accents) {
      std::u32string parts;
      for (const char32_t part : chars) append_decomposition(part, false, parts);
      std::erase_if(parts, is_nonspacing_mark);
      // A mark with a class that is not stripped (Mc, or newer than the categories known) may have
      // to change places with marks of the code points beside it.
      marks_survive = std::any_of(parts.begin(), parts.end(),
                                  [](char32_t part) { return combining_class(part) != 0; });
      chars = parts;
    }
    std::string bytes;
    std::u32string lower;
    for (const char32_t part : chars) {
      lower.assign(1, part);
      if (options_.lowercase) {
        lower.clear();
        append_lower_case(part, lower);
      }
      for (const char32_t letter : lower) append_utf8(bytes, letter);
    }
    Replacement out;
    out.size = marks_survive || bytes.size() > Replacement::kCapacity
                   ? Replacement::kDependsOnNeighbours
                   : static_cast<std::uint8_t>(bytes.size());
    std::memcpy(out.bytes.data(), bytes.data(), std::min<std::size_t>(bytes.size(), 15));
    return out;
  }

  Options options_;
  CodePointTable<Replacement> table_;
  std::array<char, 128> ascii_{};
};

}  // namespace

std::unique_ptr<Normalizer> make_bert_normalizer(const ComponentJson& json) {
  Options options{};
  options.clean_text = json.flag("clean_text");
  options.handle_chinese_chars = json.flag("handle_chinese_chars");
  options.lowercase = json.flag("lowercase");
  options.strip_accents = json.flag_or("strip_accents", options.lowercase);
  return std::make_unique<BertNormalizer>(options);
}

}  // namespace attune
