#pragma once

#include <string>

#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

/// Lists the clips of a folder of a known layout, looked for in this order:
///  - Kaldi: wav.scp, text, and segments and utt2spk where they are there;
///  - Common Voice: train.tsv, dev.tsv, test.tsv (or one of them, or validated.tsv) and clips/, or
///  a
///    folder with one for a language of that kind in it;
///  - Hugging Face's audiofolder: metadata.csv or .jsonl with file_name;
///  - LJSpeech: metadata.csv with id|text|normalised text, and wavs/;
///  - LibriSpeech: SPEAKER-CHAPTER.trans.txt beside recordings, at any depth;
///  - recordings with an annotation (.TextGrid, .eaf, .srt, .vtt) or a transcript (.txt, .lab) of
///    the same name beside them, at any depth (TIMIT's samples before the words are left out).
/// Folders train, dev, test (train-clean-100, validation ...) in it that have such a layout
/// themselves are its parts. Which layout was taken is told. Throws `user` where the folder has
/// none of these, with what is in it; `data` as the readers do.
FoundClips read_audio_folder(const fs::path& folder, const AudioTableOptions& options);

}  // namespace attune
