#!/usr/bin/env bash
# Runs every fuzz target for a few seconds on its seeds.   usage: tools/fuzz.sh JOBS LIBTORCH [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=$1 libtorch=$2 seconds=${3:-5}

cmake --preset fuzz -DATTUNE_LIBTORCH="$libtorch" >/dev/null
ninja -C build/fuzz -j "$jobs" attune_fuzz
passed=0
for target in build/fuzz/*_fuzz; do
  name=$(basename "$target")
  seeds=tests/fuzz/seeds/${name%_fuzz}
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  log=build/fuzz/$name.log
  if ! "$target" "$corpus" "$seeds" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
    -artifact_prefix=build/fuzz/ -print_final_stats=1 >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "error: $name failed; the input is in build/fuzz" >&2
    exit 1
  fi
  printf '%-24s %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  passed=$((passed + 1))
done
echo "$passed fuzz targets passed"
