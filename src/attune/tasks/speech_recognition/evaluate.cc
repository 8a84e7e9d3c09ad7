#include <set>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/split/splits.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/run/predict/answer_sink.h"
#include "attune/tasks/speech_recognition/apply/recognizer.h"
#include "attune/tasks/speech_recognition/evaluation.h"
#include "attune/tasks/speech_recognition/task.h"
#include "attune/tasks/speech_recognition/train.h"

namespace attune {
namespace {

AudioDataset read_data(const SpeechEvaluateSettings& settings, const CtcVocabulary& vocabulary,
                       config::Schema& schema) {
  const AudioSource source = settings.data.source();
  const ReadAudioOptions options{.columns = settings.columns,
                                 .transcripts = settle_case(settings.transcripts, &vocabulary),
                                 .may_lack_parts = true,
                                 .encoding = settings.data.encoding,
                                 .on_bad_row = settings.data.on_bad_row};
  AudioDataset all = read_audio_data(source, options);
  schema.find_unserved({has_any_split(all) ? kGivenParts : kOnePart});
  schema.problems().throw_if_any();
  AudioDataset data = part_or_all(std::move(all), settings.data.split, source.name());
  if (settings.data.on_bad_row == OnBadRow::skip) {
    const std::pair<std::string, AudioDataset*> part{source.name(), &data};
    leave_out_unreadable({&part, 1}, settings.apply.threads);
  }
  if (!data.bad_rows.empty()) {
    log_warning("{}: {} cannot be used and are left out:\n{}", source.name(),
                count_bad_rows(data.bad_rows), bad_rows_text(data.bad_rows));
  }
  return data;
}

/// What was said and what was understood, clip by clip, with the errors of each.
void write_transcripts(const std::string& file, const AudioDataset& data,
                       const SpeechEvaluation& evaluation) {
  AnswerFormat format{.file = file};
  for (const char* key : {"file", "seconds", "speaker", "reference", "hypothesis", "word_errors",
                          "words", "character_errors", "characters"}) {
    format.columns.push_back(key_column(key));
  }
  AnswerSink sink(std::move(format));
  for (std::size_t n = 0; n < data.examples.size(); ++n) {
    const AudioExample& example = data.examples[n];
    const EditCounts& words = evaluation.rates.words()[n];
    const EditCounts& characters = evaluation.rates.characters()[n];
    sink.write(Json::object(), {{"file", example.path},
                                {"seconds", rounded(example.seconds)},
                                {"speaker", example.group},
                                {"reference", example.text},
                                {"hypothesis", evaluation.hypotheses[n]},
                                {"word_errors", words.errors()},
                                {"words", words.reference_length()},
                                {"character_errors", characters.errors()},
                                {"characters", characters.reference_length()}});
  }
  sink.finish();
}

}  // namespace

void SpeechRecognition::evaluate(config::Schema& schema) {
  const SpeechEvaluateSettings& settings = evaluate_;
  const AudioSource source = settings.data.source();
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  find_source_problems(source, "--data-dir", schema.problems());
  schema.find_without_effect();
  schema.problems().throw_if_any();
  schema.find_unserved({source_trait(source)});
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(settings.apply));
  const OpenedSpeechModel opened =
      open_saved_recognizer(settings.pretrained, settings.language.language, settings.apply.device);
  const SpeechDecoder decoder(opened.vocabulary, settings.decoding,
                              settings.transcripts.transcript_language);
  const AudioDataset data = read_data(settings, opened.vocabulary, schema);
  const std::set<std::string> unknown = unknown_characters(data, opened.vocabulary);
  if (!unknown.empty()) {
    log_warning(
        "{} characters of the references are no symbols of {}, which cannot write them: each "
        "counts "
        "as an error: {} (--letter-case, --remove-punctuation and --chars-to-remove change the "
        "references)",
        unknown.size(), settings.pretrained.model, fmt::join(unknown, " "));
  }
  SpeechEvaluator evaluator(*opened.model, data, opened.processor, opened.vocabulary, decoder,
                            {.threads = settings.apply.threads});
  const SpeechEvaluation evaluation =
      evaluator.evaluate({.batch_seconds = settings.batch.batch_seconds});
  log_info("{} on {} clips ({}) of {}\n{}", settings.pretrained.model,
           with_thousands(evaluation.samples), human_duration(data.seconds()), source.name(),
           evaluation_text(evaluation));
  if (!settings.output.transcripts_file.empty()) {
    write_transcripts(settings.output.transcripts_file, data, evaluation);
  }
  if (!settings.output.output_file.empty()) {
    write_file_atomically(settings.output.output_file,
                          dump_json(evaluation_json(evaluation, "eval_")));
  }
}

}  // namespace attune
