#!/usr/bin/env bash
# Compares attune with live peers and remakes the goldens.   usage: tests/parity/run.sh BUILD DEPS
# A golden that changed shows in `git diff`: look at it before committing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1 deps=$2
python=$deps/peers/bin/python

for script in tests/parity/*/make_golden.py; do
  echo "== $script"
  "$python" "$script"
done
echo "== what attune writes, read by its peers"
"$python" tests/parity/safetensors/check_written.py "$build/attune_pretrained_parity_test"
"$python" tests/parity/pytorch_formats/check_written.py "$build/attune_pretrained_parity_test"
"$python" tests/parity/pytorch_formats/check_live.py "$build/attune" "${ATTUNE_SHARED:-../shared}"
"$python" tests/parity/tensorboard/check_events.py "$build/attune_train_test"
"$python" tests/parity/tokenizer/check_config.py "$build/attune"
"$python" tests/parity/tokenizer/compare_live.py "$build/attune" "${ATTUNE_SHARED:-../shared}"
"$python" tests/parity/medical/check_live.py "$build/attune_media_parity_test" "${ATTUNE_SHARED:-../shared}"
"$python" tests/parity/image/check_live.py "$build/attune_media_parity_test" "${ATTUNE_SHARED:-../shared}"
"$python" tests/parity/images/check_live_timm.py "$build/attune_models_parity_test" "$build/attune" \
  "${ATTUNE_SHARED:-../shared}"
"$python" tests/parity/detection/check_live.py "$build/attune_models_parity_test"
"$python" tests/parity/transformers/check_saved.py "$build/attune" "$deps/demo"
ATTUNE_PEERS_PYTHON=$python ctest --test-dir "$build" --output-on-failure -L parity
