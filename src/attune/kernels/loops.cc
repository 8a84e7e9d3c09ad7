#include "attune/kernels/simd/loops.h"

#include "attune/base/system.h"

namespace attune {

const Loops& loops() {
  // Once per process: sums of different instruction sets differ in their last bits, and a run must
  // not change sides.
  static const Loops chosen = [] {
    Loops made = {};
    if (cpu_features().avx512) {
      avx512::fill_element_loops(made);
      avx512::fill_attention_loops(made);
    } else if (cpu_features().avx2) {
      avx2::fill_element_loops(made);
      avx2::fill_attention_loops(made);
    } else {
      baseline::fill_element_loops(made);
      baseline::fill_attention_loops(made);
    }
    return made;
  }();
  return chosen;
}

}  // namespace attune
