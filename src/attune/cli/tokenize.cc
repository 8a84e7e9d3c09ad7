#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/config/schema.h"
#include "attune/media/text/tokenize_file.h"
#include "attune/pretrained/resolve.h"

namespace attune::cli {
namespace {

struct TokenizeOptions {
  std::string model, revision = "main", input_file, output_file;
  std::int64_t threads = 0;

  template <typename V>
  void visit(V& v) {
    v("model", model, "Folder of the tokenizer, or a hub id");
    v("revision", revision, "Branch, tag or commit of a hub model");
    v("input_file", input_file, "Text, one input a line");
    v("output_file", output_file,
      "JSONL to write, or - for standard output: ids, tokens, offsets in characters")
        .written({".jsonl", ".ndjson", ".json"});
    v("threads", threads, "0 means all cores", config::thread_count());
  }
};

}  // namespace

int run_tokenize(const Arguments& arguments) {
  TokenizeOptions options;
  config::Schema schema;
  schema.add_section("tokenize", "What to tokenize");
  schema.add("tokenize", options);
  // Before the flags are read: help must come whatever else is wrong with them.
  if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
    fmt::print("usage: attune tokenize --model DIR --input-file TEXT --output-file JSONL\n{}",
               schema.help_text());
    return 0;
  }
  schema.apply_flags(arguments);
  for (const auto& [flag, value] : {std::pair{"--model", &options.model},
                                    {"--input-file", &options.input_file},
                                    {"--output-file", &options.output_file}}) {
    // All that is missing at once.
    if (value->empty()) schema.problems().add(fmt::format("{} is missing", flag));
  }
  schema.settle_outputs();
  if (schema.find("revision")->asked_for) check_has_revision(options.model);
  schema.problems().throw_if_any();
  const Console console(Output::data);
  const Tokenizer tokenizer =
      Tokenizer::from_pretrained(resolve_model(options.model, options.revision));
  tokenize_file(tokenizer, options.input_file, options.output_file,
                static_cast<int>(options.threads));
  return 0;
}

}  // namespace attune::cli
