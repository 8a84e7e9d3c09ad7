#pragma once

// ATTUNE_CLONES before a function: one body, compiled for two instruction sets and chosen when the
// program starts. Never one with fused multiply-add, which would round otherwise than Pillow;
// AVX-512 gains nothing (measured). The loader's choice runs before a sanitizer is ready, so
// sanitized builds take the plain one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ATTUNE_CLONES __attribute__((target_clones("default", "avx2"), optimize("O3")))
#else
#define ATTUNE_CLONES
#endif
