#pragma once

#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/wav2vec2/wav2vec2.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// The names that the file of a language may have beside the weights, best first. Throws `user`
/// where `language` is no part of a file's name.
std::vector<std::string> language_adapter_files(const std::string& language);

/// `weights` with the adapters and the head of a language in place of their own, out of
/// `folder`/adapter.LANGUAGE.safetensors (or .bin), as MMS has them. Sets `vocab_size` of `config`
/// to what that head has. Throws `user` where the model has no adapters or the folder none of that
/// language, naming those it has, and `data` where the file lacks a tensor or has another one.
CheckpointFile with_language_adapter(const CheckpointFile& weights, const fs::path& folder,
                                     const std::string& language, Wav2Vec2Config& config);

/// Writes the adapters and the head of `model` into `folder`/adapter.LANGUAGE.safetensors, which
/// transformers' `load_adapter` reads. Throws `user` where the model has no adapters.
void save_language_adapter(const Wav2Vec2ForCTC& model, const fs::path& folder,
                           const std::string& language);

}  // namespace attune
