#pragma once

#include <cstdint>
#include <string>

namespace attune {

/// Largest resident set of this process so far, in bytes.
std::uint64_t peak_rss_bytes();

/// What the processor can do, as far as it decides how attune computes.
struct CpuFeatures {
  bool avx2 = false;
  bool avx512 = false;  ///< F, BW, DQ and VL, and the system saves their registers
  bool avx512_bf16 = false;
  /// Its product of bfloat16 pairs does twice the work of an fp32 one in the same time: AMD's since
  /// Zen 4. Intel's fill one unit where fp32 has two, and gain nothing.
  bool fast_avx512_bf16 = false;
  bool amx_bf16 = false;  ///< the flag is set
  /// The flag is set but CPUID leaf 0x1D is empty (some hypervisors): a library that configures
  /// its tiles from that leaf dies with SIGILL.
  bool amx_hidden = false;
};

const CpuFeatures& cpu_features();

/// Call first in `main`, before LibTorch's first bfloat16 product: where the processor's AMX is
/// half hidden it keeps oneDNN from using it (ONEDNN_MAX_CPU_ISA, unless the user has set it).
void guard_against_hidden_amx();

/// Processor's name, e.g. "Intel(R) Xeon(R) Processor".
std::string cpu_name();

/// UTC time now, ISO 8601: "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace attune
