#include "attune/media/text/post_processors/post_processor.h"

#include "attune/media/text/post_processors/post_processors.h"

namespace attune {

std::unique_ptr<PostProcessor> make_post_processor(const ComponentJson& json) {
  static constexpr ComponentType<PostProcessor> kTypes[] = {
      {"BertProcessing", make_bert_processing},
      {"Sequence", make_post_processor_sequence},
      {"TemplateProcessing", make_template_processing},
  };
  return make_component<PostProcessor>("post-processor", kTypes, json);
}

Encoding join_encodings(Encoding first, Encoding* second) {
  if (second) append_encoding(first, std::move(*second));
  return first;
}

}  // namespace attune
