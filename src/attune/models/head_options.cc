#include "attune/models/head_options.h"

#include "attune/base/error.h"

namespace attune {

std::string_view problem_type_name(ProblemType type) {
  switch (type) {
    case ProblemType::single_label_classification:
      return "single_label_classification";
    case ProblemType::multi_label_classification:
      return "multi_label_classification";
    case ProblemType::regression:
      return "regression";
  }
  fail(ErrorKind::internal, "unknown problem type {}", static_cast<int>(type));
}

std::optional<ProblemType> problem_type_from_name(std::string_view name) {
  for (const ProblemType type :
       {ProblemType::single_label_classification, ProblemType::multi_label_classification,
        ProblemType::regression}) {
    if (problem_type_name(type) == name) return type;
  }
  return {};
}

}  // namespace attune
