#include "attune/data/labels/flag_column.h"

#include "attune/base/text/strings.h"
#include "attune/data/labels/label_text.h"

namespace attune {

Flag flag_of(std::string_view key, bool missing_words) {
  if (key.empty() || (missing_words && means_missing(key))) return Flag::blank;
  const std::string text = to_lower_ascii(key);
  if (text == "0" || text == "0.0" || text == "false") return Flag::zero;
  if (text == "1" || text == "1.0" || text == "true") return Flag::one;
  return text == "-1" || text == "-1.0" ? Flag::uncertain : Flag::none;
}

void FlagColumn::add(Flag flag, std::string_view key) {
  if (flag == Flag::none && count(Flag::none) == 0) other_ = key;
  ++counts_[static_cast<std::size_t>(flag)];
}

bool FlagColumn::is_one() const {
  return count(Flag::none) == 0 && count(Flag::zero) + count(Flag::one) > 0;
}

}  // namespace attune
