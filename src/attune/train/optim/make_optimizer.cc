#include "attune/base/error.h"
#include "attune/train/optim/adafactor.h"
#include "attune/train/optim/elementwise.h"
#include "attune/train/optim/optimizer.h"

namespace attune {

std::unique_ptr<Optimizer> make_optimizer(const TrainingArguments& args,
                                          std::vector<ParameterGroup> groups) {
  // One class: they differ in whether decay goes into the moments (Loshchilov and Hutter 2019,
  // algorithm 2).
  const Adam::Settings adam{.beta1 = args.adam_beta1,
                            .beta2 = args.adam_beta2,
                            .epsilon = args.adam_epsilon,
                            .decoupled_decay = args.optim == OptimizerName::adamw};
  switch (args.optim) {
    case OptimizerName::adamw:
    case OptimizerName::adam:
      return std::make_unique<Adam>(std::move(groups), adam);
    case OptimizerName::sgd:
      return std::make_unique<Sgd>(std::move(groups), args.momentum);
    case OptimizerName::adafactor:
      return std::make_unique<Adafactor>(std::move(groups));
  }
  fail(ErrorKind::internal, "optimizer without an implementation");
}

}  // namespace attune
