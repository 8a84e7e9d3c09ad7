#pragma once

#include <string>

#include "attune/eval/report/page/html.h"

namespace attune {

/// Where a section stands on the page, from top to bottom.
enum class Place { results, mistakes, training, data, settings };

/// A titled part of a report. It is complete in itself: whoever writes a report chooses which
/// sections it has, and no section knows another.
struct Section {
  std::string title;
  Html body;
  Place place;
  std::string style = {};  ///< CSS rules that only such sections need
};

}  // namespace attune
