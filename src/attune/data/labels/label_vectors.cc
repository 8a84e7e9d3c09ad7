#include "attune/data/labels/label_vectors.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/data/labels/flag_column.h"

namespace attune {

std::optional<LabelVectors::Places> LabelVectors::places(std::span<const LabelItem> items) {
  if (items.size() < 2) return std::nullopt;
  Places places{.length = items.size()};
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string text = to_lower_ascii(items[i].text);
    if (text.ends_with('.')) text += '0';  // numpy writes "1."
    const Flag flag = flag_of(text, false);
    if (items[i].is_quoted || flag == Flag::none || flag == Flag::blank) return std::nullopt;
    if (flag == Flag::one) places.ones.push_back(static_cast<std::int64_t>(i));
    if (flag == Flag::uncertain) places.uncertain.push_back(static_cast<std::int64_t>(i));
  }
  return places;
}

void LabelVectors::add(std::span<const LabelItem> items, std::optional<Places> places) {
  if (places) {
    if (length_ == 0) length_ = items.size();
    if (items.size() != length_) other_length_ = items.size();
    // Of names each is there once, so that a list of 0 and 1 has two at most.
    repeats_ = repeats_ || items.size() > 2 || places->ones.size() != 1;
  } else if (items.empty()) {
    has_empty_ = true;
  } else {
    has_other_ = true;
  }
  rows_.push_back(std::move(places));
}

std::size_t LabelVectors::length(const std::string& table) const {
  if (has_other_ || length_ == 0) return 0;
  if (other_length_ == 0 && !has_empty_) return length_;
  check(!repeats_, ErrorKind::data,
        "{}: the label lists are vectors of 0 and 1, but one has {} values and another {}; give "
        "each a value for every class",
        table, length_, other_length_);
  return 0;
}

}  // namespace attune
