#include <climits>
#include <cstddef>
#include <cstring>

#include <unistd.h>

// At the end of each parallel region GNU OpenMP's threads spin for up to some 15 ms before they
// sleep. On a machine that has anything else to do (our own threads that decode pictures, another
// program) they take its cores: evaluating CIFAR-10 beside a compiler took 50 s instead of 10.
// How long they spin can only be set in the environment, and libgomp reads it when it is loaded.
// So the program starts itself once more with the setting, from .preinit_array, which runs before
// any constructor of a library: that costs 5 ms.

namespace {

constexpr char kSetting[] = "GOMP_SPINCOUNT=1000";
constexpr std::size_t kMostVariables = 4096;

bool names(const char* variable, const char* name) {
  const std::size_t length = std::strlen(name);
  return std::strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/// Leaves everything as it is where the user has said how to wait, or where it does not work.
/// Nothing of libc that needs its own constructors may be used here.
void spin_briefly(int, char** arguments, char** environment) {
  const char* changed[kMostVariables + 2];
  std::size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (count == kMostVariables || names(environment[count], "GOMP_SPINCOUNT") ||
        names(environment[count], "OMP_WAIT_POLICY")) {
      return;
    }
    changed[count] = environment[count];
  }
  changed[count] = kSetting;
  changed[count + 1] = nullptr;
  char program[PATH_MAX + 1];  // by its own name, which the system shows for the process
  const ssize_t length = readlink("/proc/self/exe", program, PATH_MAX);
  if (length <= 0) return;
  program[length] = '\0';
  execve(program, arguments, const_cast<char* const*>(changed));
}

}  // namespace

__attribute__((section(".preinit_array"),
               used)) void (*const attune_spin_briefly)(int, char**, char**) = spin_briefly;
