#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/system.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/cli/failure.h"
#include "attune/cli/verbs.h"
#include "attune/kernels/runtime/tensor_memory.h"

namespace attune::cli {
namespace {

struct Verb {
  std::string_view name;
  std::string_view help;
  int (*run)(const Arguments&);
};

constexpr std::array kVerbs = {
    Verb{"train", "fine-tune a pre-trained model on your data, evaluate and save it", run_train},
    Verb{"evaluate", "measure a saved model on labelled data", run_evaluate},
    Verb{"predict", "apply a saved model to new inputs", run_predict},
    Verb{"check", "look through data before training: what is wrong, doubled, cut or doubtful",
         run_check},
    Verb{"inspect", "show what a checkpoint is", run_inspect},
    Verb{"align", "find when the words of a known text are said in a recording", run_align},
    Verb{"tokenize", "turn lines of text into token ids", run_tokenize},
    Verb{"train-lm", "estimate an n-gram language model for speech recognition", run_train_lm},
    Verb{"config", "show resolved settings, presets, schema or reference", run_config},
};

void print_usage(std::FILE* stream) {
  fmt::print(stream, "attune {} - native fine-tuning\n\nusage: attune VERB [OPTIONS]\n\n",
             ATTUNE_VERSION);
  for (const Verb& verb : kVerbs) fmt::print(stream, "  {:<10} {}\n", verb.name, verb.help);
  fmt::print(stream, "\n`attune VERB --help` lists a verb's options.\n");
}

int run(const Arguments& arguments) {
  // Usage that was asked for goes to standard output, this one is an error.
  if (arguments.empty()) {
    print_usage(stderr);
    return 2;
  }
  const std::string& name = arguments.front();
  if (name == "help" || name == "--help" || name == "-h") {
    print_usage(stdout);
    return 0;
  }
  if (name == "--version" || name == "version") {
    fmt::print("attune {}\n", ATTUNE_VERSION);
    return 0;
  }
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return verb.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(verb.name);
  }
  fail(ErrorKind::user, "\"{}\" is not a verb{}; expected one of: {}", name,
       did_you_mean(name, names), join(names, ", "));
}

}  // namespace
}  // namespace attune::cli

namespace {

/// A program may be started with a stream closed (`>&-`, some schedulers). The next file that is
/// opened would get its number, and data of the user's be written to as standard output.
void open_closed_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    // open(2) gives the lowest number that is free.
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) _exit(2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_closed_streams();
  // Before anything of LibTorch runs: oneDNN reads its variable once.
  attune::guard_against_hidden_amx();
  attune::reuse_tensor_memory();
  // Here and not in the library: an embedding program has handlers of its own.
  attune::install_stop_signals();
  attune::cli::install_failure_handler();
  // A write beyond the limit of a file's size then fails, with words, instead of ending the
  // process.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int status = attune::cli::run({argv + 1, argv + argc});
    // Output is buffered: a full disk behind `attune predict > FILE` may show only here, and a file
    // cut short must not look like success.
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      // What failed earlier has left no reason.
      attune::fail_io("write to", "standard output", errno == 0 ? EIO : errno);
    }
    return status;
  } catch (...) {
    const attune::cli::Failure failure = attune::cli::describe_failure(std::current_exception());
    // Not by fmt, which throws where nobody can read it.
    std::fputs((failure.message + "\n").c_str(), stderr);
    return failure.status;
  }
}
