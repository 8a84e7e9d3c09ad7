#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/head_options.h"
#include "attune/nn/module.h"
#include "attune/nn/state_dict.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What becomes of a checkpoint's head where a user asks for labels.
struct HeadRows {
  /// Its rows mean other labels: it is begun anew.
  bool fresh = false;
  /// The checkpoint's row for each label of the model; empty: as they stand.
  std::vector<std::int64_t> rows = {};
  std::int64_t known = 0;  ///< labels of the checkpoint
  std::string told = {};   ///< what was done, for people; empty where nothing was
};

/// LABEL_0, LABEL_1, ... in order: names that say nothing.
bool is_nameless(const std::vector<std::string>& labels);
/// The same or 0, 1, ...: what a label map (`--labels negative,positive`) gives names to.
bool is_numbered(const std::vector<std::string>& labels);

/// The rows of a head with the labels `known` that become those of `asked`. Rows follow their
/// labels' names. A nameless head of as many labels is taken in the order asked for, and so is a
/// numbered one where the user gave that order (`head.labels_in_order`); a regression's one output
/// stays. Of other labels than the checkpoint names nothing is kept. `known_type`: what the
/// checkpoint's config says.
HeadRows head_rows(const std::vector<std::string>& known, std::optional<ProblemType> known_type,
                   const std::vector<std::string>& asked, const HeadOptions& head);

/// Settles `labels`, which `config`, a config.json, gave, by the head's `weight` [outputs, ...] in
/// the checkpoint (null: it has none): where `config` says nothing of labels (neither id2label nor
/// num_labels) there are as many as outputs, nameless. Returns why the two do not fit together,
/// with what both say; "" where they do.
std::string settle_labels(std::vector<std::string>& labels, const Json& config,
                          const TensorView* weight);

/// `file` with the rows of those tensors whose name `is_head` accepts chosen by `rows`; those with
/// another number of rows than `rows.known` are left. Tells (log) what was done where there is such
/// a tensor.
CheckpointFile with_head_rows(const CheckpointFile& file, const HeadRows& rows,
                              const std::function<bool(std::string_view)>& is_head);

/// Copies rows of `names`, tensors [outputs, ...] of `file`, into those of `module`, which have
/// been drawn: `rows` holds the file's row for each of the module's, -1 where it stays as it was
/// drawn; nothing is done where it is empty. Tells in `report`. Throws `data` for values that are
/// not finite.
void keep_head_rows(std::span<const std::int64_t> rows, std::span<const std::string> names,
                    const CheckpointFile& file, nn::Module& module, LoadReport& report);

}  // namespace attune
