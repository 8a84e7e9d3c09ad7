#include "attune/tasks/run/saved/fine_tuned_folder.h"

#include "attune/models/registry.h"

namespace attune {

/// A checkpoint and the finished model are written by this one function: either can be opened
/// alone.
void FineTunedFolder::save(const fs::path& folder) const {
  save_pretrained(model_, folder);
  for (const auto& write : writers_) write(folder);
  for (const auto& [name, content] : files_) write_file_atomically(folder / name, content);
}

/// The weights alone: what else the folder keeps, this run has made itself.
void FineTunedFolder::load(const fs::path& folder) {
  load_pretrained(model_, folder);
}

void FineTunedFolder::save_file(const fs::path& folder, const std::string& name) const {
  write_file_atomically(folder / name, files_.at(name));
}

}  // namespace attune
