#!/usr/bin/env bash
# The demo: fine-tunes a real pre-trained encoder on real movie reviews, evaluates it on reviews it
# has not seen, and uses it.   usage: tools/demo.sh ATTUNE_BINARY DEMO_INPUTS OUTPUT_FOLDER
set -euo pipefail
attune=$1 inputs=$2 output=$3

if [ -e "$output" ]; then
  rm -rf "$output"  # the demo's own folder, made by an earlier run
fi
"$attune" train --preset sentiment-demo --model "$inputs/model" --train-file "$inputs/train.csv" \
  --validation-file "$inputs/test.csv" --output-dir "$output"

printf '\nThe saved folder is all that prediction needs:\n\n'
"$attune" predict --model "$output" \
  --text "A gorgeous, funny and deeply moving film." \
  --text "A dull, lifeless mess that wastes its talented cast."

printf '\nOpen this in a browser: %s\n' "$(cd "$output" && pwd)/report.html"
