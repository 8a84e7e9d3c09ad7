// Lines per second of attune's tokenizer on one thread, as JSON; its peer is tokenizer_peer.py.
//
//   tokenizer_bench MODEL_FOLDER FILE [REPEATS]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/media/text/tokenizer.h"

namespace {

double median_seconds(const std::function<void()>& call, int repeats) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

int run(int count, char** arguments) {
  attune::check(count >= 3, attune::ErrorKind::user,
                "usage: tokenizer_bench MODEL_FOLDER FILE [REPEATS]");
  const int repeats = count > 3 ? std::max(1, std::atoi(arguments[3])) : 5;
  const auto tokenizer = attune::Tokenizer::from_pretrained(arguments[1]);
  std::vector<std::string> lines =
      attune::split(attune::read_file(arguments[2], std::uint64_t{1} << 32), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto rate = [&](const attune::EncodeOptions& options) {
    const auto call = [&] { tokenizer.encode_batch(lines, {}, options, 1); };
    call();
    return static_cast<double>(lines.size()) / median_seconds(call, repeats);
  };
  fmt::print(
      "{{\"tool\": \"attune\", \"file\": \"{}\", \"lines\": {}, "
      "\"encode_batch_lines_per_second\": {:.1f}, \"encode_batch_fast_lines_per_second\": "
      "{:.1f}}}\n",
      arguments[2], lines.size(), rate({}), rate({.want_tokens = false, .want_offsets = false}));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const attune::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
