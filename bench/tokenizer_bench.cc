// Lines per second of attune's tokenizer on one thread, as JSON; its peer is tokenizer_peer.py.
//
//   tokenizer_bench MODEL_FOLDER FILE [REPEATS]
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/media/text/tokenizer.h"
#include "measure.h"

namespace {

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
    return static_cast<double>(lines.size()) / attune::bench::median_seconds(call, repeats);
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
  return attune::bench::run_program(run, count, arguments);
}
