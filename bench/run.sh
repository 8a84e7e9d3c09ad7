#!/usr/bin/env bash
# Every benchmark, attune beside its Python peers in one run.   usage: bench/run.sh BUILD DEPS [--quick]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1 deps=$2 quick=${3:-}
out=build/bench
mkdir -p "$out"
ninja -C "$build" attune attune_benchmarks

for program in "$build"/*_bench; do
  name=$(basename "$program")
  echo "== $name"
  "$program" --benchmark_out="$out/$name.json" --benchmark_out_format=json
  peer=bench/${name%_bench}_peer.py
  if [ -e "$peer" ]; then
    "$deps/peers/bin/python" "$peer" | tee "$out/${name%_bench}_peer.json"
  fi
done
echo "== training beside Hugging Face Trainer"
python3 bench/train_bench.py --attune "$build/attune" --inputs "$deps/demo" \
  --python "$deps/peers/bin/python" --output "$out/train_bench.json" $quick
