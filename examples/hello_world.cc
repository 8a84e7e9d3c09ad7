// Fine-tunes BERT on two sentences.   usage: hello_world [MODEL_FOLDER_OR_HUB_ID]
#include <cstdio>
#include <string>

#include <attune/attune.h>

using namespace attune;

int main(int argc, char** argv) try {
  const std::string name = argc > 1 ? argv[1] : "bert-base-uncased";
  // [hello]
  auto tokenizer = AutoTokenizer::from_pretrained(name);
  auto model = BertForSequenceClassification::from_pretrained(name, {.num_labels = 2});
  auto encodings =
      tokenizer({"I love this!", "I hate this..."}, {.truncation = true, .padding = true});
  TensorDataset dataset(encodings.input_ids, encodings.attention_mask, torch::tensor({1, 0}));
  TrainingArguments args{
      .output_dir = "./results", .num_train_epochs = 3, .per_device_train_batch_size = 4};
  Trainer trainer(model, args, dataset);
  trainer.train();
  // [hello]
  for (const auto& [metric, value] : trainer.evaluate(dataset)) {
    std::printf("%s %.4f\n", metric.c_str(), value);
  }
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 2;
}
