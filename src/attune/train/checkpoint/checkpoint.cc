#include "attune/train/checkpoint/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include <ATen/ops/empty.h>

#include "attune/base/coding/hash.h"
#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

constexpr std::string_view kPrefix = "checkpoint-";
const char* const kManifest = "manifest.json";

constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr const char* kAverage = "average.safetensors";
constexpr const char* kCarried = "step.safetensors";

void save_tensors(const fs::path& path, const std::map<std::string, at::Tensor>& state) {
  std::vector<TensorView> views;
  std::vector<at::Tensor> kept;  // the views' memory, where it is a copy from a GPU
  for (const auto& [name, on_device] : state) {
    const at::Tensor& tensor = kept.emplace_back(on_device.cpu());
    check((tensor.scalar_type() == at::kLong || tensor.scalar_type() == at::kFloat) &&
              tensor.is_contiguous(),
          ErrorKind::internal, "{}: tensor {} is {}, expected contiguous float32 or int64",
          path.string(), name, tensor.toString());
    views.push_back({.name = name,
                     .dtype = tensor.scalar_type() == at::kLong ? DType::i64 : DType::f32,
                     .shape = tensor.sizes().vec(),
                     .bytes = {static_cast<const std::byte*>(tensor.const_data_ptr()),
                               static_cast<std::size_t>(tensor.nbytes())}});
  }
  write_safetensors(path, views);
}

std::map<std::string, at::Tensor> load_tensors(const fs::path& path) {
  const CheckpointFile file = read_safetensors(path);
  std::map<std::string, at::Tensor> state;
  for (const TensorView& view : file.tensors()) {
    check(view.dtype == DType::f32 || view.dtype == DType::i64, ErrorKind::data,
          "{}: tensor {} is neither float32 nor int64", path.string(), view.name);
    at::Tensor tensor = at::empty(view.shape, view.dtype == DType::i64 ? at::kLong : at::kFloat);
    if (!view.bytes.empty()) {
      std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    }
    state.emplace(view.name, std::move(tensor));
  }
  return state;
}

Json describe_files(const fs::path& folder) {
  std::map<std::string, Json> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const MappedFile file(entry.path());
    files[fs::relative(entry.path(), folder).generic_string()] = {
        {"size", file.bytes().size()}, {"sha256", sha256_hex(file.bytes())}};
  }
  return Json{{"format", "attune checkpoint 1"}, {"files", files}};
}

/// A checkpoint may come from elsewhere: its manifest must not have other files of this machine
/// read.
bool stays_inside(const fs::path& relative) {
  if (relative.empty() || relative.is_absolute()) return false;
  return std::none_of(relative.begin(), relative.end(),
                      [](const fs::path& part) { return part == ".."; });
}

/// The size comes first: a file cut short, the common damage, is told without reading it.
void verify_file(const fs::path& path, const Json& expected) {
  const char* const advice = "the checkpoint is damaged: resume from another one";
  std::error_code error;
  check(fs::is_regular_file(path, error), ErrorKind::data, "{} is missing; {}", path.string(),
        advice);
  const MappedFile file(path);
  const auto size = expected.at("size").get<std::uint64_t>();
  check(file.bytes().size() == size, ErrorKind::data, "{}: got {} bytes, expected {}; {}",
        path.string(), file.bytes().size(), size, advice);
  check(sha256_hex(file.bytes()) == expected.at("sha256").get<std::string>(), ErrorKind::data,
        "{}: its SHA-256 is not the one in {}; {}", path.string(), kManifest, advice);
}

/// Out of its name first, so that there is never half a checkpoint under a checkpoint's name.
void remove_checkpoint(const fs::path& folder) {
  const fs::path hidden = temporary_name(folder);
  std::error_code error;
  fs::rename(folder, hidden, error);
  if (error) fail_io("remove", folder, error.value());
  remove_tree(hidden);
}

/// A folder of transformers' Trainer has the same name and other files.
void refuse_foreign_checkpoint(const fs::path& folder) {
  std::error_code ignored;
  for (const char* theirs : {"optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin",
                             "global_step0", "pytorch_model.bin"}) {
    check(!fs::exists(folder / theirs, ignored), ErrorKind::user,
          "{} is a checkpoint of a run that transformers made (it has {} and no {}): its state of "
          "the optimizer cannot be gone on with here; begin a new run with its weights, --model "
          "{}, in "
          "another output folder",
          folder.string(), theirs, kManifest, folder.string());
  }
}

}  // namespace

bool is_checkpoint(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kManifest, ignored);
}

void check_is_checkpoint(const fs::path& folder) {
  check(fs::is_directory(folder), ErrorKind::user,
        "--resume-from-checkpoint: there is no checkpoint folder {}; give one, or \"last\"",
        folder.string());
  if (is_checkpoint(folder)) return;
  refuse_foreign_checkpoint(folder);
  // The run's own folder is the likely slip.
  const std::optional<fs::path> inside = find_last_checkpoint(folder);
  check(
      !inside, ErrorKind::user,
      "--resume-from-checkpoint: {} is a run's folder, not a checkpoint; give {}, or \"last\" for "
      "the last one in --output-dir",
      folder.string(), inside ? inside->string() : "");
  fail(ErrorKind::user, "--resume-from-checkpoint: {} holds no checkpoint (there is no {} in it)",
       folder.string(), kManifest);
}

void save_checkpoint(const fs::path& folder, const CheckpointParts& parts,
                     const TrainerState& state, const Json& settings) {
  // All is written under a hidden name, synced and then renamed, so a process killed at any instant
  // leaves no half checkpoint. The manifest is last, for it describes the others.
  StagedDirectory staged(folder);
  parts.model.save(staged.path());
  save_tensors(staged.path() / kOptimizer, parts.optimizer.state());
  if (parts.average != nullptr) save_tensors(staged.path() / kAverage, parts.average->state());
  const auto carried = parts.step.carried_state();
  if (!carried.empty()) save_tensors(staged.path() / kCarried, carried);
  write_file_atomically(staged.path() / "trainer_state.json",
                        dump_json(state.to_json(folder.parent_path().string())));
  write_file_atomically(staged.path() / "settings.json", dump_json(settings));
  write_file_atomically(staged.path() / kManifest, dump_json(describe_files(staged.path())));
  staged.commit();
}

void verify_checkpoint(const fs::path& folder) {
  check_is_checkpoint(folder);
  const Json manifest = read_json(folder / kManifest);
  try {
    check(manifest.is_object() && manifest.contains("files") && manifest.at("files").is_object(),
          ErrorKind::data, "{}: {} is damaged: it lists no files", folder.string(), kManifest);
    const Json& files = manifest.at("files");
    for (const char* needed : {kOptimizer, "trainer_state.json", "settings.json"}) {
      check(files.contains(needed), ErrorKind::data, "{}: {} does not name {}", folder.string(),
            kManifest, needed);
    }
    for (const auto& [name, expected] : files.items()) {
      check(stays_inside(name), ErrorKind::data, "{}: {} names a file outside: {}", folder.string(),
            kManifest, name);
      verify_file(folder / name, expected);
    }
  } catch (const Json::exception& error) {
    fail(ErrorKind::data, "{}: {} is damaged: {}", folder.string(), kManifest, error.what());
  }
}

TrainerState load_checkpoint(const fs::path& folder, const CheckpointParts& parts,
                             const Json& settings, std::int64_t total_updates) {
  verify_checkpoint(folder);
  // Verified, compared and parsed before the model is touched.
  const fs::path state = folder / "trainer_state.json";
  TrainerState result = TrainerState::from_json(read_json(state), state.string());
  Json saved = read_json(folder / "settings.json");
  check(saved.is_object(), ErrorKind::data, "{}: settings.json is no object", folder.string());
  for (const char* length : {"num_train_epochs", "max_steps"}) {
    if (total_updates >= result.max_steps && settings.contains(length)) {
      saved[length] = settings.at(length);
    }
  }
  check_same_settings(saved, settings, folder);
  parts.model.load(folder);
  parts.optimizer.load_state(load_tensors(folder / kOptimizer));
  if (parts.average != nullptr) parts.average->load_state(load_tensors(folder / kAverage));
  const fs::path carried = folder / kCarried;
  if (fs::exists(carried)) parts.step.load_carried_state(load_tensors(carried));
  return result;
}

void load_final_model(const fs::path& folder, ModelFolder& model, WeightAverage* average) {
  verify_checkpoint(folder);
  model.load(folder);
  if (average == nullptr) return;
  average->load_state(load_tensors(folder / kAverage));
  average->swap();
}

std::vector<NumberedFolder> list_numbered(const fs::path& folder, std::string_view prefix) {
  std::vector<NumberedFolder> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !entry.is_directory()) continue;
    std::int64_t number = -1;
    const char* const begin = name.data() + prefix.size();
    const char* const end = name.data() + name.size();
    // The whole rest must be a number: "checkpoint-10-old" is the user's own.
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number >= 0) {
      found.push_back({number, entry.path()});
    }
  }
  // By number: by name, 1000 would come before 200, and the last one decides what is resumed.
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return found;
}

std::vector<NumberedFolder> list_checkpoints(const fs::path& output_dir) {
  return list_numbered(output_dir, kPrefix);
}

std::optional<fs::path> find_last_checkpoint(const fs::path& output_dir) {
  const std::vector<NumberedFolder> found = list_checkpoints(output_dir);
  if (found.empty()) return std::nullopt;
  return found.back().path;
}

void remove_old_checkpoints(const fs::path& output_dir, std::int64_t limit, std::int64_t newest,
                            const std::string& best) {
  std::vector<NumberedFolder> found = list_checkpoints(output_dir);
  // A run that was resumed from an older checkpoint finds later ones of its earlier self: they go
  // first, or else it would remove what it has just written.
  std::stable_partition(found.begin(), found.end(),
                        [&](const NumberedFolder& one) { return one.number > newest; });
  auto count = static_cast<std::int64_t>(found.size());
  for (const NumberedFolder& one : found) {
    if (count <= limit) return;
    // The newest is what a killed run resumes from, whatever the limit.
    if (one.number == newest || one.path.filename() == best) continue;
    remove_checkpoint(one.path);
    --count;
  }
}

}  // namespace attune
