#pragma once

// attune in one header, under the names that Hugging Face's libraries gave to the same things.
// Programs that embed one stage include that folder's own headers instead.

#include <torch/types.h>

#include "attune/base/error.h"
#include "attune/feed/tensor_dataset.h"
#include "attune/feed/text/auto_tokenizer.h"
#include "attune/models/bert/bert.h"
#include "attune/models/registry.h"
#include "attune/tasks/text_classification/trainer.h"
#include "attune/train/options.h"
