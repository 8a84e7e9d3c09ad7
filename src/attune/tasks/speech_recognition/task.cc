#include "attune/tasks/speech_recognition/task.h"

#include "attune/tasks/run/sections.h"
#include "attune/tasks/speech_recognition/check.h"

namespace attune {
namespace {

// `input`, `model` and `decode` are no sections of `train`: what a saved run.yaml says of its data
// is not taken for what the model is applied to.
constexpr const char* kInputSection = "input";
constexpr const char* kDecodeSection = "decode";

void add_apply_sections(config::Schema& schema) {
  schema.add_section(kPretrainedSection, "the saved model");
  schema.add_section(kInputSection, "what it is applied to");
  schema.add_section(kDataSection, "how tables are read (default: as in training)");
  schema.add_section(kModelSection, "what a checkpoint does not say of itself");
  schema.add_section(kDecodeSection, "how scores become text");
  schema.add_section(kEvalSection, "how it runs, and what is written");
}

template <typename Settings>
void add_shared_options(config::Schema& schema, Settings& settings) {
  add_apply_sections(schema);
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add(kModelSection, settings.language);
  schema.add(kModelSection, settings.pretrained.weights);
  schema.add(kDecodeSection, settings.decoding);
  schema.add(kInputSection, settings.data);
  schema.add(kEvalSection, settings.batch);
  schema.add(kEvalSection, settings.apply);
  schema.add(kEvalSection, settings.output);
}

/// Of the columns those that are read.
struct TranscribedColumns {
  AudioColumns& columns;
  template <typename V>
  void visit(V& v) {
    columns.visit(v);
  }
};

struct RecordingColumns {
  AudioColumns& columns;
  template <typename V>
  void visit(V& v) {
    columns.visit_recordings(v);
  }
};

/// Of the rules of transcripts what hot words need.
struct HotWordLanguage {
  TranscriptOptions& transcripts;
  template <typename V>
  void visit(V& v) {
    transcripts.visit_language(v).only_with("hot_words");
  }
};

void add_train_options(config::Schema& schema, SpeechTrainSettings& settings) {
  add_run_options(schema, settings,
                  std::tie(settings.data, settings.columns, settings.transcripts, settings.replay,
                           settings.augment),
                  std::tie(settings.model, settings.network), std::tie(settings.speech));
}

}  // namespace

void SpeechRecognition::add_options(config::Schema& schema, Verb verb) {
  switch (verb) {
    case Verb::train:
      return add_train_options(schema, train_);
    case Verb::evaluate: {
      add_shared_options(schema, evaluate_);
      TranscribedColumns columns{evaluate_.columns};
      schema.add(kDataSection, columns);
      return schema.add(kDataSection, evaluate_.transcripts);
    }
    case Verb::predict: {
      add_shared_options(schema, predict_);
      RecordingColumns columns{predict_.columns};
      schema.add(kDataSection, columns);
      HotWordLanguage language{predict_.transcripts};
      schema.add(kDataSection, language);
      schema.add(kEvalSection, predict_.pauses);
      return schema.add(kEvalSection, predict_.chunks);
    }
    case Verb::check:
      add_train_options(schema, train_);
      return add_check_options(schema, check_);
  }
}

bool SpeechRecognition::check_data(config::Schema& schema) {
  return check_speech_data(train_, check_, schema);
}

}  // namespace attune
