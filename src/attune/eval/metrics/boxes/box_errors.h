#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "attune/eval/metrics/boxes/judged_picture.h"

namespace attune {

/// Why a box is wrong or an object is not found, by the overlap with objects: at least .5 has found
/// one, below .1 is background.
enum class BoxError : std::uint8_t {
  wrong_class,   ///< an object of another class
  badly_placed,  ///< an object of its class, but not close enough
  both,          ///< another class, and not close enough
  duplicate,     ///< an object that a box of a higher score has found
  background,    ///< nothing is there
  missed         ///< an object that nothing has found, nor any of the first two kinds nearly
};
inline constexpr std::size_t kBoxErrors = 6;

/// "Wrong class", "Badly placed", ... for people.
const char* title_of(BoxError error);

struct BoxErrors {
  double map_50 = 0;  ///< with all errors, in [0, 1]
  std::array<std::int64_t, kBoxErrors> count{};
  /// How much `map_50` would rise if the errors of one kind alone were mended, at least 0.
  std::array<double, kBoxErrors> cost{};
};

/// Errors as TIDE counts and weighs them, at most 100 boxes a picture.
/// Source: Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection Errors",
/// and its toolbox tidecv 1.0.
BoxErrors box_errors(std::span<const JudgedPicture> pictures);

}  // namespace attune
