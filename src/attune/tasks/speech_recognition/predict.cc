#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/piece_times.h"
#include "attune/data/audio/recordings/recording_files.h"
#include "attune/data/audio/recordings/recording_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/run/predict/input_files.h"
#include "attune/tasks/run/predict/table_inputs.h"
#include "attune/tasks/speech_recognition/apply/subtitles.h"
#include "attune/tasks/speech_recognition/task.h"

namespace attune {
namespace {

/// Recordings that are read ahead of the model; as many as are batched together where they are
/// short.
constexpr std::size_t kInputsAtOnce = 32;

/// The columns that a question is made of: recording, begin, and end or duration.
std::vector<std::string> asked_columns(const AudioColumns& columns) {
  std::vector<std::string> asked = {columns.audio_column};
  if (columns.begin_column.empty()) return asked;
  asked.push_back(columns.begin_column);
  const std::string& last =
      columns.end_column.empty() ? columns.duration_column : columns.end_column;
  if (!last.empty()) asked.push_back(last);
  return asked;
}

/// What training would learn from, so that a folder of it is all recognised.
void add_folder(const fs::path& folder, std::vector<std::string>& files) {
  std::vector<std::string> found = find_recordings(folder);
  check(!found.empty(), ErrorKind::user, "--input: there is no recording in {}", folder.string());
  std::ranges::move(found, std::back_inserter(files));
}

NextInput files_of(std::vector<std::string> files) {
  return [files = std::move(files), n = std::size_t{0}]() mutable -> std::optional<PredictInput> {
    if (n == files.size()) return {};
    return PredictInput{.question = {{"file", files[n++]}}};
  };
}

void find_problems(const SpeechPredictSettings& settings, config::Schema& schema) {
  const SpeechPredictData& data = settings.data;
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  if (data.input.empty() == data.manifest.empty()) {
    schema.problems().add(data.input.empty() ? "--input is missing (or --manifest)"
                                             : "give either --input or --manifest");
  }
  const std::string ending =
      to_lower_ascii(fs::path(settings.output.output_file).extension().string());
  if (settings.output.timestamps != Timestamps::no && (ending == ".csv" || ending == ".tsv")) {
    schema.problems().add(
        fmt::format("--timestamps: a table ({}) has no room for words with their times; name an "
                    "--output-file that ends in .jsonl, or .srt or .vtt for subtitles",
                    ending));
  }
  schema.find_without_effect();
  if (is_annotation_file(data.manifest)) {
    schema.problems().add(fmt::format(
        "--manifest {}: predict takes a table of recordings, and this is an annotation: "
        "give the recording by --input (a folder by --input too), or compare what is "
        "recognised with the annotation by attune evaluate --manifest {}",
        data.manifest, data.manifest));
  } else if (data.manifest.empty()) {
    schema.find_unserved({kGivenRecordings});
  } else if (data.manifest == "-") {
    schema.find_unserved({kDelimitedTable, kJsonTable});
  } else {
    schema.find_unserved({source_trait(AudioSource{.manifest = data.manifest})});
  }
}

/// The clips of a table, row by row; a row may name a piece of a recording.
class ManifestInputs {
 public:
  explicit ManifestInputs(const SpeechPredictSettings& settings)
      : settings_(settings),
        files_(
            recording_finder(settings.data.manifest == "-"
                                 ? fs::path(settings.data.root.empty() ? "." : settings.data.root)
                                 : table_root(settings.data.manifest, settings.data.root))),
        rows_(open(settings, columns_, is_json_)) {}

  const std::vector<std::string>& kept() const { return rows_.kept(); }
  bool has_pieces() const { return !columns_.begin_column.empty(); }

  std::optional<PredictInput> next() {
    std::optional<TableInput> row = rows_.next();
    if (!row) return {};
    PredictInput input{.kept = std::move(row->kept), .problem = row->problem};
    if (input.problem.empty()) {
      try {
        input.question = question_of(*row);
      } catch (const RowProblem& problem) {
        input.problem = fmt::format("{}: {}", row->where, problem.reason);
      }
    }
    check(input.problem.empty() || settings_.data.on_bad_row == OnBadRow::skip, ErrorKind::data,
          "{}; --on-bad-row skip says so on its line and goes on", input.problem);
    return input;
  }

 private:
  static TableInputs open(const SpeechPredictSettings& settings, AudioColumns& columns,
                          bool& is_json) {
    const std::string& named = settings.columns.audio_column;
    auto rows = open_table(settings.data.manifest,
                           reader_options(settings.columns.table, settings.data.encoding),
                           named.empty() ? "path" : named);
    is_json = rows->gives_json();
    columns = usual_columns(*rows, settings.columns, settings.data.manifest);
    return {std::move(rows), asked_columns(columns), settings.data.keep_columns, kPathMember};
  }

  Json question_of(const TableInput& row) {
    Json question = {{"file", files_.find(row.cells[0])}};
    const auto cell = [&](std::size_t n, const std::string& column) {
      return n < row.cells.size() && !column.empty() ? TimeCell{column, row.cells[n]} : TimeCell();
    };
    const PieceTimes times =
        piece_times(cell(1, columns_.begin_column), cell(2, columns_.end_column),
                    cell(2, columns_.end_column.empty() ? columns_.duration_column : ""), is_json_);
    if (!columns_.begin_column.empty()) question["begin"] = times.begin;
    if (times.end) question["end"] = *times.end;
    return question;
  }

  const SpeechPredictSettings& settings_;
  FileFinder files_;
  AudioColumns columns_;
  bool is_json_ = false;
  TableInputs rows_;
};

/// One recording as a file of subtitles.
void predict_subtitles(SpeechPredictor& predictor, const NextInput& next, const std::string& file) {
  const std::optional<PredictInput> input = next();
  check(input && !next(), ErrorKind::user,
        "--output-file: {} is the subtitles of one recording, and {} given; name one, or a file "
        "that ends in .jsonl",
        file, input ? "several are" : "none is");
  check(input->problem.empty(), ErrorKind::data, "{}", input->problem);
  const std::vector<SpokenWord> words = predictor.spoken(input->question);
  if (words.empty()) log_warning("{}: no word is recognised, and so there are no subtitles", file);
  write_subtitles(file, words);
}

}  // namespace

void SpeechRecognition::predict(config::Schema& schema) {
  const SpeechPredictSettings& settings = predict_;
  find_problems(settings, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(settings.apply));
  OpenedSpeechModel opened =
      open_saved_recognizer(settings.pretrained, settings.language.language, settings.apply.device);
  SpeechPredictor predictor(std::move(opened),
                            {.recognizer = {.chunk_seconds = settings.chunks.chunk_seconds,
                                            .stride_seconds = settings.chunks.stride(),
                                            .batch_seconds = settings.batch.batch_seconds,
                                            .threads = settings.apply.threads},
                             .decoding = settings.decoding,
                             .language = settings.transcripts.transcript_language,
                             .timestamps = settings.output.timestamps,
                             .splits_pauses = settings.pauses.split_pauses,
                             .on_bad_recording = settings.data.on_bad_row});
  PredictOptions options{
      .inputs_at_once = kInputsAtOnce,
      .unit = "recordings",
      .output = {.file = settings.output.output_file, .columns = predictor.columns()}};
  NextInput next;
  if (settings.data.manifest.empty()) {
    std::vector<std::string> files = list_input_files(settings.data.input, add_folder);
    options.total = std::ssize(files);
    next = files_of(std::move(files));
  } else {
    const auto rows = std::make_shared<ManifestInputs>(settings);
    options.output.kept = rows->kept();
    if (rows->has_pieces()) {
      auto& columns = options.output.columns;
      columns.insert(columns.begin() + 1, {key_column("begin"), key_column("end")});
    }
    next = [rows] { return rows->next(); };
  }
  const std::string& file = settings.output.output_file;
  if (is_subtitle_file(file)) return predict_subtitles(predictor, next, file);
  predict_lines(predictor, next, options);
}

}  // namespace attune
