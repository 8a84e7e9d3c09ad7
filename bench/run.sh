#!/usr/bin/env bash
# Every benchmark, attune beside its Python peers in one run.   usage: bench/run.sh BUILD DEPS [--quick]
# --quick trains 60 steps of each instead of three epochs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1 deps=$2 quick=${3:-}
python=$deps/peers/bin/python
out=build/bench
mkdir -p "$out"
ninja -C "$build" attune attune_benchmarks

echo "== training step beside transformers"
"$python" bench/kernels_peer.py --attune "$build/kernels_bench" | tee "$out/kernels.json"
echo "== AdamW beside torch"
"$python" bench/optim_peer.py --attune "$build/optim_bench" | tee "$out/optim.json"
echo "== tokenizer beside tokenizers, lines per second on one thread"
python3 -c 'import csv, sys
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")): print(row["text"])' \
  "$deps/demo/train.csv" >"$out/lines.txt"
"$build/tokenizer_bench" "$deps/demo/model" "$out/lines.txt" | tee "$out/tokenizer.json"
TOKENIZERS_PARALLELISM=false "$python" bench/tokenizer_peer.py "$deps/demo/model" "$out/lines.txt" |
  tee "$out/tokenizer_peer.json"
photos=${ATTUNE_SHARED:-../shared}/data/image-hymenoptera/train
if [ -d "$photos" ]; then
  echo "== decoding and augmenting beside Pillow and torchvision, pictures per second on one thread"
  "$build/augment_bench" "$photos" | tee "$out/augment.json"
  "$python" bench/augment_peer.py "$photos" | tee "$out/augment_peer.json"
  echo "== pictures beside Pillow, per second on one thread"
  "$python" bench/image_peer.py "$photos" --attune "$build/image_bench" | tee "$out/image.json"
  echo "== reading a folder on one thread and on two"
  "$build/folder_bench" "$photos" | tee "$out/folder.json"
else
  echo "skipped: no photographs in $photos"
fi
echo "== steps of a speech model beside transformers, on one thread"
"$python" bench/speech_model_peer.py "$build/speech_model_bench" | tee "$out/speech_model.json"
if command -v lmplz >/dev/null; then
  echo "== beam search, resampling and error rates beside pyctcdecode, torchaudio and jiwer"
  "$python" bench/speech_peer.py "$build/speech_bench" lmplz | tee "$out/speech.json"
else
  echo "skipped: no lmplz of KenLM in PATH"
fi
echo "== fine-tuning beside Hugging Face Trainer"
python3 bench/train_bench.py --attune "$build/attune" --inputs "$deps/demo" --python "$python" \
  --output "$out/train_bench.json" ${quick:+"$quick"}
