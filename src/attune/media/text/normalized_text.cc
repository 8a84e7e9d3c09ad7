#include "attune/media/text/normalized_text.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

/// Replacements may grow a text up to this: a few of them in a row could otherwise fill any memory.
constexpr std::size_t kMaxGrownBytes = 64u << 20;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

NormalizedText::NormalizedText(std::string_view piece, std::uint32_t first)
    : text_(piece), first_(first), one_to_one_(is_ascii(piece)) {
  if (!one_to_one_) origins_ = origins();
}

std::vector<std::uint32_t> NormalizedText::origins() const {
  if (!origins_.empty()) return origins_;
  std::vector<std::uint32_t> out;
  out.reserve(text_.size());
  // May wrap below 0; the first byte, which begins a code point, brings it back.
  std::uint32_t index = first_ - 1;
  for (const char c : text_) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++index;
    out.push_back(index);
  }
  return out;
}

void NormalizedText::assign_one_to_one(std::string text) {
  text_ = std::move(text);
}

void NormalizedText::assign(std::string text, std::vector<std::uint32_t> origins) {
  text_ = std::move(text);
  origins_ = std::move(origins);
  one_to_one_ = false;
}

NormalizedText::CodePoints NormalizedText::code_points() const {
  CodePoints out;
  const std::vector<std::uint32_t> by_byte = origins();
  out.chars.reserve(text_.size());
  out.origins.reserve(text_.size());
  for (std::size_t position = 0; position < text_.size();) {
    out.origins.push_back(by_byte[position]);
    out.chars += next_code_point(text_, position);
  }
  return out;
}

void NormalizedText::transform(const CodePoints& from, const std::vector<Change>& changes,
                               std::size_t skipped) {
  const std::size_t size = from.chars.size();
  std::string text;
  std::vector<std::uint32_t> origins;
  text.reserve(size * 2);
  origins.reserve(size * 2);
  std::size_t offset = skipped;
  for (const auto& [c, change] : changes) {
    // transform_range there: what is inserted stands for what the byte before it stands for.
    const bool inserted = change > 0 && offset > 0;
    const std::size_t source = std::min(inserted ? offset - 1 : offset, size - 1);
    append_utf8(text, c);
    origins.resize(text.size(), from.origins[source]);
    if (change <= 0) offset += 1 + static_cast<std::size_t>(-change);
  }
  assign(std::move(text), std::move(origins));
}

/// NormalizedString::filter: what is dropped counts as swallowed by the one kept before it, at the
/// start as skipped.
void NormalizedText::keep_if(const std::function<bool(char32_t)>& keep) {
  const CodePoints from = code_points();
  std::vector<Change> changes;
  std::size_t skipped = 0;
  for (const char32_t c : from.chars) {
    if (keep(c)) {
      changes.emplace_back(c, 0);
    } else if (changes.empty()) {
      ++skipped;
    } else {
      --changes.back().second;
    }
  }
  transform(from, changes, skipped);
}

void NormalizedText::map_each(const std::function<char32_t(char32_t)>& map) {
  const CodePoints from = code_points();
  std::vector<Change> changes;
  for (const char32_t c : from.chars) changes.emplace_back(map(c), 0);
  transform(from, changes, 0);
}

void NormalizedText::lower_case() {
  const CodePoints from = code_points();
  std::vector<Change> changes;
  std::u32string lower;
  for (const char32_t c : from.chars) {
    lower.clear();
    append_lower_case(c, lower);
    for (std::size_t i = 0; i < lower.size(); ++i) changes.emplace_back(lower[i], i > 0 ? 1 : 0);
  }
  transform(from, changes, 0);
}

void NormalizedText::surround(const std::function<bool(char32_t)>& wanted, char32_t with) {
  const CodePoints from = code_points();
  std::vector<Change> changes;
  for (const char32_t c : from.chars) {
    if (wanted(c)) {
      // bert.rs, do_handle_chinese_chars: the space in front replaces the ideograph, which then is
      // an insertion itself; all three stand for it.
      changes.insert(changes.end(), {{with, 0}, {c, 1}, {with, 1}});
    } else {
      changes.emplace_back(c, 0);
    }
  }
  transform(from, changes, 0);
}

void NormalizedText::to_normal_form(NormalForm form) {
  // ASCII is its own normal form, whichever.
  if (is_ascii(text_)) return;
  const CodePoints from = code_points();
  const std::vector<Change> changes = normal_form_changes(from.chars, form);
  transform(from, changes, 0);
}

/// NormalizedString::lrstrip
void NormalizedText::strip(bool left, bool right) {
  const CodePoints from = code_points();
  std::size_t begin = 0, end = from.chars.size();
  while (left && begin < end && is_white_space(from.chars[begin])) ++begin;
  while (right && end > begin && is_white_space(from.chars[end - 1])) --end;
  if (begin == 0 && end == from.chars.size()) return;
  std::vector<Change> changes;
  for (std::size_t i = begin; i < end; ++i) changes.emplace_back(from.chars[i], 0);
  transform(from, changes, begin);
}

void NormalizedText::replace(std::string_view pattern, std::string_view content) {
  std::size_t match = text_.find(pattern);
  if (match == std::string::npos) return;
  const std::vector<std::uint32_t> by_byte = origins();
  std::string text;
  std::vector<std::uint32_t> origins;
  std::size_t done = 0;
  for (; match != std::string::npos; match = text_.find(pattern, done)) {
    text.append(text_, done, match - done);
    origins.insert(origins.end(), by_byte.begin() + static_cast<std::ptrdiff_t>(done),
                   by_byte.begin() + static_cast<std::ptrdiff_t>(match));
    done = match + pattern.size();
    text += content;  // all of it stands for the last code point that was replaced
    origins.resize(text.size(), by_byte[done - 1]);
    check(text.size() <= std::max(kMaxGrownBytes, text_.size()), ErrorKind::data,
          "the normalizer's replacements make a text of {} longer than {}",
          human_bytes(text_.size()), human_bytes(kMaxGrownBytes));
  }
  text.append(text_, done);
  origins.insert(origins.end(), by_byte.begin() + static_cast<std::ptrdiff_t>(done), by_byte.end());
  assign(std::move(text), std::move(origins));
}

}  // namespace attune
