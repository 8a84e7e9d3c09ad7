#include <algorithm>
#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/progress.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/config/document.h"
#include "attune/config/schema.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/data/bad_rows.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/source_traits.h"
#include "attune/media/text/ngram/estimate.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/run/sections.h"

namespace attune::cli {
namespace {

constexpr const char* kTrainLmHelp =
    R"(usage: attune train-lm --input TEXT --output ARPA

Estimates an n-gram language model from sentences, by which beam search chooses between words that
sound alike: interpolated modified Kneser-Ney smoothing, the numbers of KenLM's lmplz. --input is a
text file with a sentence a line (any ending; .gz too), a table (.csv, .tsv, .jsonl) or -, standard
input, and may be given several times; --output - is standard output. Blank lines are left out.
Letters and punctuation must be as in the transcripts that the speech model learnt from: --model
takes the rules that it was trained with and the letters of its vocabulary.
)";

struct TrainLmOptions {
  config::Texts input;
  std::string output;
  std::int64_t order = 4;
  bool discount_fallback = false;
  std::vector<std::string> prune;
  std::string model, revision = "main", language;
  std::string text_column = "text";
  TableOptions table;
  EncodingOption encoding;
  OnBadRow on_bad_row = OnBadRow::error;
  TranscriptOptions transcripts;

  template <typename V>
  void visit(V& v) {
    v("input", input, "Texts to learn from: a file, or - for standard input; may be repeated");
    v("output", output, "ARPA file to write, or - for standard output").written({".arpa"});
    v("order", order, "Words of the longest n-grams", config::in_range(1, 6));
    v("discount_fallback", discount_fallback,
      "Where the text is too little to estimate discounts from, take 0.5, 1 and 1.5");
    v("prune", prune,
      "Leave out n-grams that occur no more often than this, a count for each length: 0,0,1; the "
      "last counts for all longer ones");
    v("model", model,
      "Folder or hub id of the speech model: its rules for transcripts hold, and the letters "
      "become "
      "those of its vocabulary");
    v("revision", revision, "Branch, tag or commit of a hub model").only_with("model");
    v("language", language, "Language of the model's vocabulary, where it has several")
        .only_with("model");
    v("text_column", text_column, "Column that holds the sentence")
        .only_for({kDelimitedTable, kJsonTable});
    table.visit(v);
    encoding.visit(v);
    v("on_bad_row", on_bad_row, "Stop at rows that cannot be used, or leave them out");
    transcripts.visit(v);
  }
};

std::vector<std::uint64_t> prune_counts(const TrainLmOptions& options, config::Problems& problems) {
  std::vector<std::uint64_t> counts;
  for (const std::string& text : options.prune) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size()) {
      problems.add(fmt::format("--prune: got \"{}\", expected whole numbers", text));
    }
    counts.push_back(count);
  }
  return counts;
}

/// Whatever has no table's ending is a text: corpora are called news.en or wiki.raw.
TableFormat format_of(const std::string& input) {
  const TableFormat format = table_format(input);
  return format == TableFormat::automatic ? TableFormat::txt : format;
}

std::vector<config::Trait> traits_of(const TrainLmOptions& options) {
  std::vector<config::Trait> traits;
  for (const std::string& input : options.input) {
    const bool is_pipe = input == "-";
    const TableFormat format = format_of(input);
    if (is_pipe || format == TableFormat::txt) traits.push_back(kTextLines);
    if (is_pipe || format == TableFormat::jsonl) traits.push_back(kJsonTable);
    if (is_pipe || format == TableFormat::csv || format == TableFormat::tsv) {
      traits.push_back(kDelimitedTable);
    }
  }
  return traits;
}

std::unique_ptr<RowReader> open_sentences(const std::string& input, const TrainLmOptions& options) {
  ReaderOptions reader = reader_options(options.table, options.encoding);
  std::unique_ptr<RowReader> rows;
  std::string column = options.text_column;
  if (input == "-") {
    rows = open_rows(open_standard_input(), reader, column);
  } else {
    std::error_code ignored;
    check(!fs::is_directory(input, ignored), ErrorKind::user,
          "--input {}: it is a folder; expected a file with a sentence a line, or a table", input);
    reader.format = format_of(input);
    if (reader.format == TableFormat::txt) {
      reader.column_names = {column};
    }
    rows = open_rows(input, reader);
  }
  rows->select(std::vector<ColumnRequest>{{.name = column}});
  return rows;
}

/// What the run that saved a model did to transcripts, unless flags say otherwise.
void take_saved_rules(const fs::path& file, const config::Schema& schema,
                      TranscriptOptions& options) {
  TranscriptOptions saved;
  config::Schema known;
  known.add_section(kDataSection, "");
  known.add(kDataSection, saved);
  known.apply_known(config::read_document(file));
  known.problems().throw_if_any();
  const auto is_free = [&](const char* name) { return !schema.find(name)->given; };
  if (is_free("letter_case")) options.letter_case = saved.letter_case;
  if (is_free("remove_punctuation")) options.remove_punctuation = saved.remove_punctuation;
  if (is_free("chars_to_remove")) options.chars_to_remove = saved.chars_to_remove;
  if (is_free("unicode_normalization")) {
    options.unicode_normalization = saved.unicode_normalization;
  }
  if (is_free("transcript_language")) options.transcript_language = saved.transcript_language;
  log_info("transcripts are normalised as {} says", file.string());
}

/// The rules of transcripts, with what the speech model says of them.
TranscriptOptions settled_rules(const TrainLmOptions& options, const config::Schema& schema) {
  if (options.model.empty()) return settle_case(options.transcripts, nullptr);
  const fs::path folder = resolve_model(options.model, options.revision);
  check(CtcVocabulary::is_in(folder), ErrorKind::user,
        "--model {}: it has no vocab.json; expected a speech model", options.model);
  const CtcVocabulary vocabulary = CtcVocabulary::from_folder(folder, options.language);
  TranscriptOptions rules = options.transcripts;
  if (fs::exists(folder / kRunFile)) take_saved_rules(folder / kRunFile, schema, rules);
  return settle_case(rules, &vocabulary);
}

class Trainer {
 public:
  Trainer(const TrainLmOptions& options, const TranscriptOptions& rules,
          std::vector<std::uint64_t> prune)
      : options_(options),
        rules_(rules),
        estimator_(static_cast<int>(options.order), std::move(prune)) {}

  void read(const std::string& input) {
    const auto rows = open_sentences(input, options_);
    BadRowCollector bad(options_.on_bad_row);
    std::int64_t total = 0;
    for (Row row; rows->next(row); ++total) {
      if (total % 1024 == 0) {
        check_stop();
        report_progress({"read", sentences(), 0, "sentences", "", false});
      }
      std::string problem = row.problem;
      if (problem.empty()) problem = add(row.cells[0]);
      if (!problem.empty()) bad.add({rows->files()[0], row.line, problem, row.lines});
    }
    bad.finish(rows->files()[0], total, "");
    left_out_ += bad.count();
  }

  void write() const {
    report_progress({"read", sentences(), 0, "sentences", "", true});
    log_info("read {} sentences of {} words", with_thousands(sentences()),
             with_thousands(static_cast<long long>(estimator_.num_words())));
    if (blank_ > 0) log_info("left out {} blank lines", with_thousands(blank_));
    if (mistaken_ > 0) {
      log_warning(
          "{} sentences are written with İ and ı, and become small as in no language that has "
          "them: "
          "set --transcript-language tr (az, crh ...)",
          with_thousands(mistaken_));
    }
    if (left_out_ > 0)
      log_warning("left out {} rows that cannot be used", with_thousands(left_out_));
    AtomicFile file(options_.output);
    estimator_.write_arpa(options_.discount_fallback,
                          [&](std::string_view piece) { file.write(piece); });
    file.commit();
    std::vector<std::string> counts;
    for (const std::uint64_t count : estimator_.num_ngrams()) {
      counts.push_back(with_thousands(static_cast<long long>(count)));
    }
    log_info("wrote {}: n-grams of 1 to {} words: {}", options_.output, options_.order,
             join(counts, ", "));
  }

 private:
  long long sentences() const { return static_cast<long long>(estimator_.num_sentences()); }

  /// What is wrong with a sentence, or "".
  std::string add(const std::string& text) {
    const std::string sentence = rules_.apply(text);
    mistaken_ += rules_.mistakes_dotless_i(text) ? 1 : 0;
    if (sentence.empty()) {
      ++blank_;
      return "";
    }
    try {
      estimator_.add(sentence);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      return error.what();
    }
    return "";
  }

  const TrainLmOptions& options_;
  TranscriptRules rules_;
  NGramEstimator estimator_;
  std::int64_t blank_ = 0, left_out_ = 0, mistaken_ = 0;
};

}  // namespace

int run_train_lm(const Arguments& arguments) {
  TrainLmOptions options;
  config::Schema schema;
  schema.add_section("train_lm", "What to learn from");
  schema.add("train_lm", options);
  // Before the flags are read: help must come whatever else is wrong with them.
  if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
    fmt::print("{}{}", kTrainLmHelp, schema.help_text());
    return 0;
  }
  schema.apply_flags(arguments);
  if (options.input.empty()) schema.problems().add("--input is missing");
  if (options.output.empty()) schema.problems().add("--output is missing");
  std::vector<std::uint64_t> prune = prune_counts(options, schema.problems());
  schema.find_without_effect();
  if (!options.input.empty()) schema.find_unserved(traits_of(options));
  const bool is_piped = schema.settle_outputs();
  if (schema.find("revision")->asked_for) check_has_revision(options.model);
  schema.problems().throw_if_any();
  const Console console(is_piped ? Output::data_at_the_end : Output::nothing);
  Trainer trainer(options, settled_rules(options, schema), std::move(prune));
  for (const std::string& input : options.input) trainer.read(input);
  trainer.write();
  return 0;
}

}  // namespace attune::cli
