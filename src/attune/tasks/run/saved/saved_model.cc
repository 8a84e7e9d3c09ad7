#include "attune/tasks/run/saved/saved_model.h"

#include <fmt/ranges.h>

#include "attune/base/text/strings.h"

namespace attune {

void make_ready(nn::Module& model, const LoadReport& report, const std::string& name,
                at::Device device) {
  for (const LoadReport::Mismatch& tensor : report.mismatched) {
    fail(ErrorKind::user,
         "{}: {} has the shape [{}] in its weights, but [{}] by its config.json; take those that "
         "belong together",
         name, tensor.name, fmt::join(tensor.got, ", "), fmt::join(tensor.expected, ", "));
  }
  // A head of random values answers as readily as a trained one.
  check(report.initialized.empty(), ErrorKind::user,
        "{}: the model has no trained head ({} would be random); fine-tune it first with "
        "`attune train`",
        name, join(report.initialized, ", "));
  model.eval();
  model.to(device);
}

}  // namespace attune
