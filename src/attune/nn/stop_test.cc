#include "attune/nn/stop.h"

#include <csignal>

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "attune/nn/layers/conv2d.h"
#include "attune/nn/layers/linear.h"

namespace attune::nn {
namespace {

TEST(Stop, ComesBetweenLayersUnlessGradientsAreRecorded) {
  const Linear linear(3, 2);
  const Conv2d conv({.in = 1, .out = 1, .kernel = 3});
  const at::Tensor row = at::ones({1, 3}), picture = at::ones({1, 1, 4, 4});
  requested_signal = SIGTERM;
  EXPECT_NO_THROW(linear.forward(row));
  EXPECT_NO_THROW(conv.forward(picture));
  {
    const at::NoGradGuard no_grad;
    EXPECT_THROW(linear.forward(row), Stopped);
    EXPECT_THROW(conv.forward(picture), Stopped);
  }
  requested_signal = 0;
}

}  // namespace
}  // namespace attune::nn
