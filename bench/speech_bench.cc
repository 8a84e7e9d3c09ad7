// What surrounds a speech model, on one thread, as JSON: beam search with a language model,
// resampling, error rates. bench/speech_peer.py makes the input and runs the peers on it.
//
//   speech_bench FOLDER    scores.f32 (frames x labels), labels.txt, lm.arpa, texts.txt
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/base/text/strings.h"
#include "attune/eval/metrics/text/error_rates.h"
#include "attune/media/audio/sinc_resampler.h"
#include "attune/media/text/ctc/beam_search.h"
#include "attune/media/text/ngram/arpa.h"
#include "measure.h"

namespace {

template <typename Work>
double seconds_of(const Work& work) {
  const double begun = attune::bench::thread_seconds();
  work();
  return attune::bench::thread_seconds() - begun;
}

std::vector<std::string> lines_of(const attune::fs::path& path) {
  auto lines = attune::split(attune::read_file(path, 1 << 28), '\n');
  lines.pop_back();  // behind the last line's end
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const attune::fs::path folder = argv[1];
  const std::string bytes = attune::read_file(folder / "scores.f32", 1 << 28);
  std::vector<float> scores(bytes.size() / sizeof(float));
  std::memcpy(scores.data(), bytes.data(), scores.size() * sizeof(float));

  std::shared_ptr<const attune::NGramModel> model;
  const double load = seconds_of(
      [&] { model = std::make_shared<attune::NGramModel>(attune::read_arpa(folder / "lm.arpa")); });
  const attune::BeamSearch search({lines_of(folder / "labels.txt"), 0, 1}, {}, model);
  std::string text;
  const double beam = seconds_of([&] { text = search.decode(scores, 1)[0].text(); });

  attune::Waveform minute{std::vector<float>(44'100 * 60, 0.25f), 44'100};
  const double resampling =
      seconds_of([&] { minute = attune::resample(std::move(minute), 16'000); });

  const auto texts = lines_of(folder / "texts.txt");
  attune::ErrorRates rates;
  const double counting = seconds_of([&] {
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2) rates.add(texts[i], texts[i + 1]);
  });
  fmt::print(
      "{{\"load_arpa\": {:.3f}, \"beam_search\": {:.3f}, \"resample_minute\": {:.4f}, "
      "\"error_rates\": {:.4f}, \"wer\": {:.6f}, \"text\": \"{}\"}}\n",
      load, beam, resampling, counting, *rates.values().find("wer"), text);
}
