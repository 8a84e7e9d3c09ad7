#include "attune/pretrained/formats/checkpoint_file.h"

#include <utility>

#include "attune/base/error.h"

namespace attune {

CheckpointFile::CheckpointFile(std::string source, std::vector<TensorView> tensors,
                               Metadata metadata, std::shared_ptr<const void> storage,
                               std::string format)
    : source_(std::move(source)),
      format_(std::move(format)),
      tensors_(std::move(tensors)),
      metadata_(std::move(metadata)),
      storage_(std::move(storage)) {
  index_.reserve(tensors_.size());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    check(index_.emplace(tensors_[i].name, i).second, ErrorKind::data,
          "{}: two tensors are named \"{}\"", source_, tensors_[i].name);
  }
}

const TensorView* CheckpointFile::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace attune
