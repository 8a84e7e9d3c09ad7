// One AdamW update of a BERT of MiniLM's shape (22 million parameters, vocabulary 30522): with a
// gradient everywhere, and with one in the 700 embedding rows that a batch of 32 sentences touches.
// Beside it the norm of all gradients, and a memcpy of the same traffic. JSON lines {"name",
// "median_ms", "gb_per_s"}. bench/optim_peer.py runs torch's fused AdamW on the same shapes.
//   optim_bench [--threads N] [--repeat N]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "attune/train/optim/chunks.h"
#include "attune/train/optim/optimizer.h"

namespace {

using namespace attune;

int repeat = 15;

double median_ms(const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < repeat + 2; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (i >= 2) times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + repeat / 2, times.end());
  return times[static_cast<std::size_t>(repeat / 2)];
}

void report(const char* name, double milliseconds, double bytes) {
  std::printf("{\"name\": \"%s\", \"median_ms\": %.3f, \"gb_per_s\": %.1f}\n", name, milliseconds,
              bytes / milliseconds / 1e6);
  std::fflush(stdout);
}

std::vector<ParameterGroup> minilm() {
  ParameterGroup group{"all", {}, 1, 0};
  const auto add = [&](std::vector<std::int64_t> shape) {
    at::Tensor tensor = at::randn(shape).requires_grad_();
    group.parameters.push_back({std::to_string(group.parameters.size()), tensor});
  };
  add({30522, 384});
  add({512, 384});
  for (int layer = 0; layer < 6; ++layer) {
    for (int i = 0; i < 4; ++i) add({384, 384}), add({384});
    add({1536, 384}), add({1536}), add({384, 1536}), add({384});
    for (int i = 0; i < 4; ++i) add({384});
  }
  return {group};
}

double set_gradients(const std::vector<ParameterGroup>& groups, bool all_rows) {
  double floats = 0;
  for (const NamedParameter& parameter : groups[0].parameters) {
    at::Tensor tensor = parameter.tensor;
    tensor.mutable_grad() = at::randn(tensor.sizes());
    if (!all_rows && tensor.size(0) == 30522) {
      const at::Tensor kept = tensor.grad().slice(0, 0, 30522, 44).clone();
      tensor.mutable_grad().zero_().slice(0, 0, 30522, 44).copy_(kept);
    }
    floats += static_cast<double>(tensor.numel());
  }
  return floats;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--threads") == 0) at::set_num_threads(std::atoi(argv[i + 1]));
    if (std::strcmp(argv[i], "--repeat") == 0) repeat = std::max(1, std::atoi(argv[i + 1]));
  }
  for (const bool all_rows : {true, false}) {
    auto optimizer = make_optimizer({}, minilm());
    const double floats = set_gradients(optimizer->groups(), all_rows);
    const std::vector<double> rate = {1e-5};
    const double ms = median_ms([&] { optimizer->step(rate, 0.9); });
    report(all_rows ? "adamw" : "adamw_700_rows", ms, floats * 4 * 7);
    if (!all_rows) continue;
    report("grad_norm", median_ms([&] { global_grad_norm(optimizer->groups()); }), floats * 4);
    // 7 streams as AdamW has: 3.5 copies, each of one read and one write.
    const auto bytes = static_cast<std::int64_t>(floats * 3.5) * 4;
    const at::Tensor from = at::zeros({bytes}, at::kByte), to = at::zeros({bytes}, at::kByte);
    constexpr std::int64_t kChunk = 1 << 20;
    const double copy = median_ms([&] {
      for_each_chunk((bytes + kChunk - 1) / kChunk, [&](std::int64_t c) {
        const std::int64_t begin = c * kChunk;
        std::memcpy(static_cast<char*>(to.data_ptr()) + begin,
                    static_cast<const char*>(from.const_data_ptr()) + begin,
                    static_cast<std::size_t>(std::min(kChunk, bytes - begin)));
      });
    });
    report("memcpy", copy, static_cast<double>(bytes) * 2);
  }
}
