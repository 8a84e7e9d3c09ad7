#pragma once

#include <memory>
#include <optional>
#include <string>

#include "attune/pretrained/hub/hub_options.h"

namespace attune {

// Files of model repositories on the Hugging Face hub, in the cache that the Python client uses
// too. Without network where the revision is a commit and the file is cached; otherwise the hub is
// asked once, and where it cannot be reached (or `offline` is set) what is cached is used.
// `repo_id` is "org/name" or "name"; `revision` a branch, tag or commit.
// All throw `user` where repository, revision or file are not there or may not be read, and `io`
// where network, server or disk fail; the message says what to do.

/// The path of a file in the cache, downloaded if need be. Its bytes must not be changed.
fs::path hub_file(const std::string& repo_id, const std::string& file,
                  const std::string& revision = "main",
                  const HubOptions& options = HubOptions::from_environment());

/// The same for a file that the repository may lack: nothing then. Offline, what is not cached
/// counts as lacking.
std::optional<fs::path> hub_file_if_exists(
    const std::string& repo_id, const std::string& file, const std::string& revision = "main",
    const HubOptions& options = HubOptions::from_environment());

/// A repository of which several files are wanted, all of one commit: the one of the first answer.
/// Where the hub cannot be reached or refuses, and the first file is cached, that is told once and
/// the cache answers from then on, without a request: what it does not hold counts as lacking.
class HubRepository {
 public:
  explicit HubRepository(std::string repo_id, std::string revision = "main",
                         const HubOptions& options = HubOptions::from_environment());
  ~HubRepository();

  /// The file, or nothing where the repository lacks it.
  std::optional<fs::path> find(const std::string& file);
  /// The file; throws `user` where the repository lacks it, `io` where the hub could not be reached
  /// and the cache has not got it.
  fs::path get(const std::string& file);

  /// The folder of the commit. Requires that a file was found.
  fs::path snapshot() const;
  /// Why only the cache answers: the hub's failure, or that offline mode is on; "" where the hub
  /// does.
  std::string why_cached() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// Whether `name` can be the id of a repository: "org/name" or "name" of letters, digits, '-', '_'
/// and '.', without "--" and "..", and without ".git" at the end, as of an address to clone.
bool is_repo_id(std::string_view name);

}  // namespace attune
