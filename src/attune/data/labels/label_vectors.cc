#include "attune/data/labels/label_vectors.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {

std::optional<LabelVectors::Set> LabelVectors::places(std::span<const LabelItem> items) {
  if (items.size() < 2) return std::nullopt;
  Set ones;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string text = to_lower_ascii(items[i].text);
    const bool is_one = text == "1" || text == "1.0" || text == "1." || text == "true";
    const bool is_zero = text == "0" || text == "0.0" || text == "0." || text == "false";
    if (items[i].is_quoted || (!is_one && !is_zero)) return std::nullopt;
    if (is_one) ones.push_back(static_cast<std::int64_t>(i));
  }
  return ones;
}

void LabelVectors::add(std::span<const LabelItem> items, std::optional<Set> places) {
  if (places) {
    if (length_ == 0) length_ = items.size();
    if (items.size() != length_) other_length_ = items.size();
    // Of names each is there once, so that a list of 0 and 1 has two at most.
    repeats_ = repeats_ || items.size() > 2 || places->size() != 1;
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
