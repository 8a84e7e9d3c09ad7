#include <algorithm>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/config/document.h"
#include "attune/config/schema.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/run/sections.h"
#include "attune/tasks/speech_recognition/apply/align.h"

namespace attune::cli {
namespace {

constexpr const char* kInputSection = "input";

void add_options(config::Schema& schema, AlignSettings& settings) {
  schema.add_section(kPretrainedSection, "the saved model");
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add_section(kInputSection, "what is aligned");
  schema.add(kInputSection, settings.data);
  schema.add_section(kDataSection, "what becomes of the text (default: as in training)");
  schema.add(kDataSection, settings.transcripts);
  schema.add_section(kModelSection, "what a checkpoint does not say of itself");
  schema.add(kModelSection, settings.language);
  schema.add(kModelSection, settings.pretrained.weights);
  schema.add_section(kEvalSection, "how it runs");
  schema.add(kEvalSection, settings.chunks);
  schema.add(kEvalSection, settings.apply);
}

}  // namespace

int run_align(const Arguments& arguments) {
  AlignSettings settings;
  config::Schema schema;
  add_options(schema, settings);
  // Before the flags are read: help must come whatever else is wrong with them.
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    fmt::print("usage: attune align --model DIR --input AUDIO --text TEXT [OPTIONS]\n{}",
               schema.help_text());
    return 0;
  }
  // Texts are treated as the transcripts were that the model has learnt from.
  const fs::path folder =
      model_folder(value_in(arguments, "model"), value_in(arguments, "revision"));
  if (!folder.empty() && fs::exists(folder / kRunFile)) {
    schema.apply_known(config::read_document(folder / kRunFile));
  }
  schema.apply_flags(arguments);
  config::Problems& problems = schema.problems();
  if (settings.pretrained.model.empty()) problems.add("--model is missing");
  if (settings.data.input.empty()) problems.add("--input is missing");
  if (settings.data.text.empty() == settings.data.text_file.empty()) {
    problems.add(settings.data.text.empty() ? "--text is missing (or --text-file)"
                                            : "give either --text or --text-file");
  }
  schema.find_without_effect();
  const bool is_piped = schema.settle_outputs() || settings.data.output_file.empty();
  if (schema.find("revision")->asked_for) check_has_revision(settings.pretrained.model);
  problems.throw_if_any();
  const Console console(is_piped ? Output::data_at_the_end : Output::nothing);
  align(settings);
  return 0;
}

}  // namespace attune::cli
