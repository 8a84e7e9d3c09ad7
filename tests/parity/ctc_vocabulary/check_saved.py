"""Opens a folder that attune wrote with transformers and prints ids as JSON.   usage: check_saved.py FOLDER TEXTS.json"""

import json
import sys

from transformers import AutoTokenizer, Wav2Vec2CTCTokenizer

folder, texts = sys.argv[1], json.load(open(sys.argv[2]))
tokenizer = Wav2Vec2CTCTokenizer.from_pretrained(folder)
# Without a config.json beside it the class is told by tokenizer_config.json alone.
assert type(AutoTokenizer.from_pretrained(folder)) is Wav2Vec2CTCTokenizer
symbols = [tokenizer.convert_ids_to_tokens(i) for i in range(len(tokenizer))]
print(json.dumps({"symbols": symbols, "blank": tokenizer.pad_token_id, "ids": [tokenizer(t).input_ids for t in texts]}))
