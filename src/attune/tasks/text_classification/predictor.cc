#include "attune/tasks/text_classification/predictor.h"

#include <utility>

#include <ATen/core/grad_mode.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/sampler.h"
#include "attune/feed/text/text_data.h"
#include "attune/nn/device.h"
#include "attune/tasks/classification/results/prediction.h"

namespace attune {
namespace {

TextExample read_input(const Json& input, bool takes_pairs) {
  const auto text_of = [&](const char* key) {
    const auto found = input.find(key);
    check(found != input.end() && found->is_string(), ErrorKind::user,
          "an input to classify has no \"{}\" that is a text", key);
    std::string text = found->get<std::string>();
    check(!is_blank_text(text), ErrorKind::user, "the \"{}\" to classify is empty", key);
    return text;
  };
  TextExample example{.text = text_of("text")};
  if (input.contains("text_pair")) example.text_pair = text_of("text_pair");
  check(example.text_pair.has_value() || !takes_pairs, ErrorKind::user,
        "the model was trained on pairs of texts, and \"{}\" is a single one: give the second text "
        "(--text-pair; in a file --text-pair-column)",
        shorten_utf8(example.text, 80));
  return example;
}

}  // namespace

TextPredictor::TextPredictor(SavedClassifier saved, const Options& options)
    : saved_(std::move(saved)), options_(options), loss_(saved_.problem, {}) {
  check_prediction_options(options_.prediction, saved_.problem);
}

std::vector<AnswerColumn> TextPredictor::columns() const {
  std::vector<AnswerColumn> columns =
      prediction_columns(saved_.problem, saved_.info.labels, options_.prediction);
  columns.push_back({"truncated", [](const Json& answer) -> Json {
                       return answer.contains("error") ? Json()
                                                       : Json(answer.value("truncated", false));
                     }});
  columns.push_back(key_column("error"));
  return columns;
}

std::int64_t TextPredictor::special_tokens_of(const Json& input) const {
  return saved_.tokenizer.added_special_tokens(input.contains("text_pair"));
}

std::vector<Json> TextPredictor::answer(std::span<const Json> inputs) {
  const at::NoGradGuard no_grad;
  std::vector<TextExample> examples;
  for (const Json& input : inputs) examples.push_back(read_input(input, saved_.takes_pairs));
  const TextData texts = tokenize_dataset({.examples = std::move(examples)}, saved_.tokenizer,
                                          saved_.max_length, options_.threads);
  const TokenStore& tokens = texts.tokens;
  // Once: a file of many texts is answered in parts.
  warned_ = warned_ || warn_of_unknown_tokens(texts.unknown_tokens, texts.text_tokens, "the texts");
  // Texts of one length together: a batch then costs what its tokens cost, whatever the order.
  const BatchSampler sampler(
      tokens.lengths(), {.order = SamplingOrder::by_length, .batch_size = options_.batch_size});
  const EpochBatches batches = sampler.epoch_batches(0);
  std::vector<Json> answers(inputs.size());
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    check_stop();
    const auto batch = batches[b];
    const at::Tensor logits =
        saved_.model->forward(to_device(tokens.pack(batch), device_of(*saved_.model)))
            .cpu()
            .contiguous();
    const at::Tensor scores = loss_.probabilities(logits).contiguous();
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto which = static_cast<std::size_t>(batch[n]);
      // A label from special tokens alone would say nothing of the text.
      if (texts.full_lengths[which] <= special_tokens_of(inputs[which])) {
        answers[which] = {{"error", "no token is left of the text: the tokenizer drops all of it"}};
        continue;
      }
      const std::string problem = output_problem(row_of(logits, n));
      check(problem.empty(), ErrorKind::data, "the text \"{}\": {}",
            shorten_utf8(inputs[which].at("text").get<std::string>(), 80), problem);
      answers[which] = describe_prediction(row_of(scores, n), saved_.problem, saved_.info.labels,
                                           options_.prediction);
      if (texts.full_lengths[which] > saved_.max_length) {
        answers[which]["truncated"] = true;
        ++truncated_;
      }
    }
  }
  return answers;
}

}  // namespace attune
