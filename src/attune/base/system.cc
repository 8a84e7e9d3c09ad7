#include "attune/base/system.h"

#include <sys/resource.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace attune {

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  // In KiB on Linux (getrusage(2)).
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

namespace {

CpuFeatures detect() {
  CpuFeatures features;
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  // __builtin_cpu_supports also asks XGETBV whether the system saves the registers; the bits read
  // below by CPUID alone do not tell that.
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  features.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  // Intel SDM, CPUID: leaf 7, subleaf 1, EAX bit 5 is AVX512_BF16; subleaf 0, EDX bit 22 is
  // AMX-BF16; leaf 0x1D describes the tiles, its EAX the highest palette.
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    features.avx512_bf16 = features.avx512 && (a & (1u << 5)) != 0;
    features.fast_avx512_bf16 = features.avx512_bf16 && __builtin_cpu_is("amd");
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) features.amx_bf16 = (d & (1u << 22)) != 0;
  if (features.amx_bf16) {
    const bool has_leaf = __get_cpuid_count(0x1D, 0, &a, &b, &c, &d) != 0 && a >= 1;
    features.amx_hidden = !has_leaf;
  }
#endif
  return features;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

void guard_against_hidden_amx() {
  // oneDNN's next level below AMX; 0 keeps what the user has set.
  if (cpu_features().amx_hidden) setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_FP16", 0);
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace attune
