#include "attune/pretrained/hub/hub.h"

#include <array>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/testing/error_of.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "attune/pretrained/hub/fake_hub.h"
#include "attune/pretrained/hub/hub_cache.h"
#include "attune/pretrained/hub/url.h"
#include "attune/pretrained/resolve.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// gzip with one stored block (RFC 1951, 1952).
std::string gzip(const std::string& text) {
  std::uint32_t crc = ~0u;
  for (const char byte : text) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\x03\x01", 11);
  const auto put = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  put(size, 2);
  put(~size, 2);
  bytes += text;
  put(~crc, 4);
  put(size, 4);
  return bytes;
}

class HubTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("no_proxy", "*", 1);
    remove_tree(root_);
    fake_.files["config.json"] = {R"({"model_type": "bert"})"};
    fake_.files["sub/vocab.txt"] = {"[PAD]\n"};
    fake_.files["model.safetensors"] = {large_, true};
    options_.cache = root_ / "hub";
    options_.endpoint = fake_.hub.url();
    options_.token = "hf_secret";
    options_.first_wait = std::chrono::milliseconds(1);
    options_.longest_wait = std::chrono::milliseconds(2000);
    before_ =
        set_log_sink([this](LogLevel, std::string_view text) { log_.append(text).append("\n"); });
  }
  void TearDown() override {
    set_log_sink(before_);
    remove_tree(root_);
  }

  fs::path get(const std::string& file, const std::string& revision = "main") {
    return hub_file(fake_.repo, file, revision, options_);
  }
  std::string get_error(ErrorKind kind, const std::string& file,
                        const std::string& revision = "main") {
    return error_of(kind, [&] { get(file, revision); });
  }
  std::string read(const fs::path& path) { return read_file(path, 1 << 24); }
  fs::path folder() const { return root_ / "hub/models--org--name"; }
  std::vector<std::string> blobs() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder() / "blobs")) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  std::size_t requests() const { return fake_.hub.requests().size() + fake_.cdn.requests().size(); }

  const fs::path root_ = fs::temp_directory_path() / fmt::format("attune-hub-{}", getpid());
  const std::string large_ = [] {
    std::string text;
    for (int i = 0; text.size() < 100'000; ++i) text += fmt::format("{} ", i);
    return text;
  }();
  FakeHub fake_;
  HubOptions options_;
  std::string log_;
  LogSink before_;
};

TEST(RepoId, IsWhatThePythonClientTakes) {
  // huggingface_hub, utils/_validators.py: the examples of validate_repo_id.
  for (const char* good : {"foo", "foo/bar", "foo.bar", "a-b_c.d/e9", "foo/bar.github"}) {
    EXPECT_TRUE(is_repo_id(good)) << good;
  }
  for (const char* bad :
       {"", "/", "foo/", "/bar", "datasets/foo/bar", ".repo_id", "foo--bar", "foo.git",
        "foo/bar.git", "foo/..", "-foo", "foo-", "foo/b ar", "caf\xC3\xA9"}) {
    EXPECT_FALSE(is_repo_id(bad)) << bad;
  }
  EXPECT_TRUE(is_repo_id(std::string(96, 'a')));
  EXPECT_FALSE(is_repo_id(std::string(97, 'a')));
}

TEST_F(HubTest, LaysTheCacheOutAsThePythonClientDoes) {
  const fs::path model = get("model.safetensors");
  const fs::path vocab = get("sub/vocab.txt");
  EXPECT_EQ(model, folder() / "snapshots" / fake_.commit / "model.safetensors");
  EXPECT_EQ(read(model), large_);
  EXPECT_EQ(fs::read_symlink(model), "../../blobs/" + sha256_hex(large_));
  EXPECT_EQ(fs::read_symlink(vocab),
            "../../../blobs/" + FakeHub::etag_of(fake_.files["sub/vocab.txt"]));
  EXPECT_EQ(read(vocab), "[PAD]\n");
  EXPECT_EQ(read(folder() / "refs/main"), fake_.commit);
  EXPECT_THAT(read(root_ / "hub/CACHEDIR.TAG"),
              HasSubstr("Signature: 8a477f597d28d172789f06886806bc55"));
  EXPECT_EQ(blobs().size(), 2u);
}

TEST_F(HubTest, KeepsTheTokenFromOtherHosts) {
  get("model.safetensors");
  const ServerRequest head = fake_.hub.requests().at(0);
  EXPECT_EQ(head.method, "HEAD");
  EXPECT_EQ(head.target, "/org/name/resolve/main/model.safetensors");
  EXPECT_EQ(head.header("authorization"), "Bearer hf_secret");
  EXPECT_EQ(head.header("accept-encoding"), "identity");
  ASSERT_EQ(fake_.cdn.requests().size(), 1u);
  EXPECT_EQ(fake_.cdn.requests()[0].header("authorization"), "");
  EXPECT_EQ(fake_.cdn.requests()[0].target, "/model.safetensors?Signature=secret");
}

TEST_F(HubTest, KeepsTheTokenFromOtherHostsWhenTheDownloadIsRedirected) {
  fake_.hub_override = [&](const ServerRequest& request, int) -> std::optional<ServerResponse> {
    if (request.method != "GET") return std::nullopt;
    return ServerResponse{302, {{"Location", fake_.cdn.url() + "/config.json"}}, "moved"};
  };
  EXPECT_EQ(read(get("config.json")), fake_.files["config.json"].content);
  EXPECT_EQ(fake_.hub.requests().at(1).header("authorization"), "Bearer hf_secret");
  EXPECT_EQ(fake_.cdn.requests().at(0).header("authorization"), "");
}

TEST_F(HubTest, AsksNobodyForACommitThatIsCached) {
  get("config.json");
  const std::size_t before = requests();
  EXPECT_EQ(before, 2u);
  get("config.json", fake_.commit);
  EXPECT_EQ(requests(), before);
  get("config.json");
  EXPECT_EQ(requests(), before + 1);  // whether main has moved
}

TEST_F(HubTest, FollowsAMovedBranchAndKeepsUnchangedBlobs) {
  const fs::path before = get("config.json");
  fake_.commit[0] = 'b';
  const fs::path after = get("config.json");
  EXPECT_NE(before, after);
  EXPECT_TRUE(fs::equivalent(before, after));
  EXPECT_EQ(read(folder() / "refs/main"), fake_.commit);
  EXPECT_EQ(requests(), 3u);
}

TEST_F(HubTest, EncodesARevisionWithSlashes) {
  get("config.json", "refs/pr/3");
  EXPECT_EQ(fake_.hub.requests()[0].target, "/org/name/resolve/refs%2Fpr%2F3/config.json");
  EXPECT_EQ(read(folder() / "refs/refs/pr/3"), fake_.commit);
}

TEST_F(HubTest, FollowsTheRelativeRedirectOfARenamedRepository) {
  fake_.hub_override = [](const ServerRequest& request, int) -> std::optional<ServerResponse> {
    if (!request.target.starts_with("/org/old/")) return std::nullopt;
    return ServerResponse{307, {{"Location", "/org/name" + request.target.substr(8)}}, "moved"};
  };
  EXPECT_EQ(read(hub_file("org/old", "model.safetensors", "main", options_)), large_);
}

TEST_F(HubTest, SendsUrlsOfTheHubToItsMirror) {
  fake_.hub_override = [&](const ServerRequest& request, int) -> std::optional<ServerResponse> {
    if (request.target == "/blob") return FakeHub::content(request, large_);
    ServerResponse response = fake_.answer(request);
    response.headers.back().second = "https://huggingface.co/blob";
    return response;
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
}

TEST_F(HubTest, ResumesWhereTheConnectionBroke) {
  fake_.cdn_override = [&](const ServerRequest& request, int) -> std::optional<ServerResponse> {
    ServerResponse response = fake_.answer_cdn(request);
    response.send_only = 10'000;
    return response;
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
  const auto requests = fake_.cdn.requests();
  ASSERT_EQ(requests.size(), 11u);  // more than the retries: each made progress
  EXPECT_EQ(requests[1].header("range"), "bytes=10000-");
  EXPECT_EQ(requests[10].header("range"), "bytes=100000-");
  EXPECT_EQ(blobs().size(), 1u);
}

TEST_F(HubTest, RestartsWhereTheServerIgnoresTheRange) {
  fake_.cdn_override = [&](const ServerRequest&, int count) {
    ServerResponse response{200, {}, large_};
    if (count == 0) response.send_only = 10'000;
    return std::optional(response);
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
}

TEST_F(HubTest, RestartsWhereTheServerSendsAnotherRange) {
  fake_.cdn_override = [&](const ServerRequest& request, int count) {
    ServerResponse response = fake_.answer_cdn(request);
    if (count == 0) response.send_only = 10'000;
    if (count == 1) response = {206, {{"Content-Range", "bytes 0-9/100000"}}, large_};
    return std::optional(response);
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
}

TEST_F(HubTest, GivesUpAfterRetriesWithoutProgressAndGoesOnInTheNextCall) {
  bool works = false;
  fake_.cdn_override = [&](const ServerRequest& request, int count) {
    ServerResponse response = fake_.answer_cdn(request);
    if (!works) response.send_only = count == 0 ? 10'000 : 0;
    return std::optional(response);
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"),
              AllOf(HasSubstr("cannot download model.safetensors"),
                    HasSubstr("run the same again to continue"), Not(HasSubstr("Signature"))));
  EXPECT_EQ(fake_.cdn.requests().size(), 1u + 6u - 1u);
  EXPECT_FALSE(fs::exists(folder() / "refs/main"));
  works = true;
  EXPECT_EQ(read(get("model.safetensors")), large_);
  EXPECT_EQ(fake_.cdn.requests().back().header("range"), "bytes=10000-");
  EXPECT_EQ(blobs().size(), 1u);
}

class LeftoverTest : public HubTest {
 protected:
  /// Leaves what a process that was killed in a download would.
  void leave(const std::string& content) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    make_directories(folder() / "blobs");
    write_file_atomically(
        folder() / "blobs" /
            fmt::format("{}.{}.{}-0.incomplete", sha256_hex(large_), host.data(), child),
        content);
  }
};

TEST_F(LeftoverTest, TakesOverWhatAKilledProcessLeft) {
  leave(large_.substr(0, 60'000));
  EXPECT_EQ(read(get("model.safetensors")), large_);
  ASSERT_EQ(fake_.cdn.requests().size(), 1u);
  EXPECT_EQ(fake_.cdn.requests()[0].header("range"), "bytes=60000-");
  EXPECT_EQ(blobs().size(), 1u);
}

TEST_F(LeftoverTest, StartsAgainWhereTheLeftoverIsDamaged) {
  leave(std::string(60'000, 'x'));
  EXPECT_EQ(read(get("model.safetensors")), large_);
  EXPECT_THAT(log_, HasSubstr("is damaged"));
  EXPECT_EQ(blobs().size(), 1u);
}

TEST_F(LeftoverTest, StartsAgainWhereTheLeftoverIsTooLong) {
  leave(large_ + "more");
  EXPECT_EQ(read(get("model.safetensors")), large_);
}

TEST_F(HubTest, RefusesAWrongSize) {
  fake_.cdn_override = [&](const ServerRequest&, int) {
    return std::optional(ServerResponse{200, {}, large_.substr(0, 500)});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"), HasSubstr("sent 500 bytes"));
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(HubTest, RefusesMoreThanAnnounced) {
  fake_.cdn_override = [&](const ServerRequest&, int) {
    return std::optional(ServerResponse{200, {}, large_ + "x"});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"), HasSubstr("sends more than"));
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(HubTest, RefusesAWrongHashOfALargeAndOfASmallFile) {
  fake_.cdn_override = [&](const ServerRequest&, int) {
    std::string changed = large_;
    changed[77] ^= 1;
    return std::optional(ServerResponse{200, {}, changed});
  };
  fake_.hub_override = [&](const ServerRequest& request, int) -> std::optional<ServerResponse> {
    if (request.method == "HEAD") return std::nullopt;
    return ServerResponse{200, {}, std::string(fake_.files["config.json"].content.size(), ' ')};
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"), HasSubstr("does not have the hash"));
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"), HasSubstr("does not have the hash"));
  EXPECT_THAT(blobs(), IsEmpty());
  EXPECT_FALSE(fs::exists(folder() / "snapshots"));
}

TEST_F(HubTest, DecompressesAndRestartsWhenThatIsCut) {
  // The HEAD knows no length, as for text that the CDN compresses on the fly.
  fake_.hub_override = [&](const ServerRequest& request, int count) {
    ServerResponse response = fake_.answer(request);
    if (request.method == "HEAD") {
      response.announce_length = false;
    } else {
      response = {200, {{"Content-Encoding", "gzip"}}, gzip(fake_.files["config.json"].content)};
      if (count == 1) response.send_only = 30;
    }
    return std::optional(response);
  };
  EXPECT_EQ(read(get("config.json")), fake_.files["config.json"].content);
  ASSERT_EQ(fake_.hub.requests().size(), 3u);
  EXPECT_EQ(fake_.hub.requests()[2].header("range"), "");
}

TEST_F(HubTest, TriesAgainAfterAServerError) {
  fake_.hub_override = [](const ServerRequest&, int count) -> std::optional<ServerResponse> {
    if (count >= 2) return std::nullopt;
    return ServerResponse{count == 0 ? 500 : 503, {}, "down"};
  };
  fake_.cdn_override = [](const ServerRequest&, int count) -> std::optional<ServerResponse> {
    if (count == 0) return ServerResponse{500, {}, std::string(50, 'e')};
    if (count == 1) return ServerResponse{429, {{"Retry-After", "0"}}, "slow down"};
    return std::nullopt;
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
}

TEST_F(HubTest, SaysThatTheServerStaysDown) {
  fake_.hub_override = [](const ServerRequest&, int) {
    return std::optional(ServerResponse{502, {}, "down"});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"), HasSubstr("HTTP 502"));
  EXPECT_EQ(requests(), 7u);  // once for the cache's sake, then with five retries
}

TEST_F(HubTest, DoesNotWaitForALongRetryAfter) {
  fake_.hub_override = [](const ServerRequest&, int) {
    return std::optional(ServerResponse{429, {{"Retry-After", "3600"}}, "slow down"});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"),
              AllOf(HasSubstr("HTTP 429"), HasSubstr("in 3600 s")));
}

TEST_F(HubTest, ExplainsARefusal) {
  int status = 401;
  std::string code;
  fake_.hub_override = [&](const ServerRequest&, int) {
    return std::optional(ServerResponse{status, {{"X-Error-Code", code}}, "no"});
  };
  options_.token = "";
  EXPECT_THAT(get_error(ErrorKind::user, "config.json"),
              AllOf(HasSubstr("does not exist"), HasSubstr("private"), HasSubstr("HF_TOKEN")));
  options_.token = "hf_secret";
  code = "GatedRepo";
  status = 403;
  EXPECT_THAT(
      get_error(ErrorKind::user, "config.json"),
      AllOf(HasSubstr("gated"), HasSubstr("accept its conditions"), Not(HasSubstr("hf_secret"))));
}

TEST_F(HubTest, TellsAMissingRepositoryRevisionAndFileApart) {
  EXPECT_THAT(get_error(ErrorKind::user, "gone.txt"), HasSubstr("has no file gone.txt"));
  EXPECT_THAT(get_error(ErrorKind::user, "config.json", "v9"), HasSubstr("has no revision \"v9\""));
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { hub_file("org/other", "config.json", "main", options_); }),
      HasSubstr("org/other does not exist"));
}

TEST_F(HubTest, RemembersThatAFileDoesNotExist) {
  EXPECT_EQ(hub_file_if_exists(fake_.repo, "gone.txt", "main", options_), std::nullopt);
  EXPECT_TRUE(fs::exists(folder() / ".no_exist" / fake_.commit / "gone.txt"));
  EXPECT_EQ(read(folder() / "refs/main"), fake_.commit);
  const std::size_t before = requests();
  EXPECT_EQ(hub_file_if_exists(fake_.repo, "gone.txt", fake_.commit, options_), std::nullopt);
  EXPECT_THAT(get_error(ErrorKind::user, "gone.txt", fake_.commit), HasSubstr("has no file"));
  EXPECT_EQ(requests(), before);
}

TEST_F(HubTest, RefusesAServerThatIsNoHub) {
  fake_.hub_override = [](const ServerRequest&, int) {
    return std::optional(ServerResponse{200, {{"ETag", "\"x\""}}, "<html>log in</html>"});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"),
              AllOf(HasSubstr("X-Repo-Commit"), HasSubstr("HF_ENDPOINT")));
}

TEST_F(HubTest, RefusesHostileHeaders) {
  std::string commit = fake_.commit, etag = "../../../evil";
  fake_.hub_override = [&](const ServerRequest&, int) {
    return std::optional(
        ServerResponse{200, {{"X-Repo-Commit", commit}, {"ETag", "\"" + etag + "\""}}, "x"});
  };
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"), HasSubstr("no usable ETag"));
  etag = "abc";
  commit = "../../evil";
  EXPECT_THAT(get_error(ErrorKind::io, "config.json"), HasSubstr("names no commit"));
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(HubTest, RefusesPathsThatLeaveTheCache) {
  for (const char* file : {"../x", "/etc/passwd", "a/../../x", "", "a\\b"}) {
    EXPECT_THAT(get_error(ErrorKind::user, file), HasSubstr("not the path of a file")) << file;
  }
  EXPECT_THAT(get_error(ErrorKind::user, "config.json", "../x"), HasSubstr("not a revision"));
  for (const char* repo : {"..", "../x", "a/b/c", "", "a--b", "/a", "a/", "org/.name", "a b"}) {
    EXPECT_THAT(error_of(ErrorKind::user, [&] { hub_file(repo, "c", "main", options_); }),
                HasSubstr("is not the id of a model"))
        << repo;
  }
  EXPECT_EQ(requests(), 0u);
}

TEST_F(HubTest, WorksOfflineWithWhatIsCached) {
  get("config.json");
  const std::size_t before = requests();
  options_.offline = true;
  EXPECT_EQ(read(get("config.json")), fake_.files["config.json"].content);
  EXPECT_THAT(get_error(ErrorKind::user, "model.safetensors"),
              AllOf(HasSubstr("HF_HUB_OFFLINE"), HasSubstr("model.safetensors of org/name")));
  EXPECT_EQ(hub_file_if_exists(fake_.repo, "model.safetensors", "main", options_), std::nullopt);
  EXPECT_EQ(requests(), before);
}

TEST_F(HubTest, FallsBackOnTheCacheWhenTheNetworkIsDown) {
  get("config.json");
  hub_file_if_exists(fake_.repo, "gone.txt", "main", options_);
  {
    TestServer closed([](const ServerRequest&) { return ServerResponse{}; });
    options_.endpoint = closed.url();
  }
  EXPECT_EQ(read(get("config.json")), fake_.files["config.json"].content);
  EXPECT_THAT(log_, AllOf(HasSubstr("cannot reach"), HasSubstr("from the cache")));
  EXPECT_EQ(hub_file_if_exists(fake_.repo, "gone.txt", "main", options_), std::nullopt);
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"),
              AllOf(HasSubstr("cannot reach"), HasSubstr("proxy")));
}

TEST_F(HubTest, FallsBackOnTheCacheWhenTheTokenIsRefused) {
  get("config.json");
  fake_.hub_override = [](const ServerRequest&, int) {
    return std::optional(ServerResponse{401, {}, "no"});
  };
  EXPECT_EQ(read(get("config.json")), fake_.files["config.json"].content);
  EXPECT_THAT(log_, HasSubstr("HF_TOKEN"));
}

TEST_F(HubTest, DoesNotWaitForASilentServerForEver) {
  options_.download_timeout = std::chrono::milliseconds(1000);
  options_.retries = 0;
  fake_.cdn_override = [&](const ServerRequest& request, int) {
    ServerResponse response = fake_.answer_cdn(request);
    response.silence = std::chrono::milliseconds(2500);
    return std::optional(response);
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"), HasSubstr("cannot download"));
}

TEST_F(HubTest, ChecksTheDiskBeforeADownload) {
  fake_.hub_override = [&](const ServerRequest& request, int) {
    ServerResponse response = fake_.answer(request);
    response.headers[2].second = "1000000000000000000";
    return std::optional(response);
  };
  EXPECT_THAT(get_error(ErrorKind::io, "model.safetensors"),
              AllOf(HasSubstr("are free"), HasSubstr("HF_HUB_CACHE")));
  EXPECT_TRUE(fake_.cdn.requests().empty());
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(HubTest, AFullDiskLeavesNothingBehind) {
  // A limit on the file size fails in the middle of the data, as a full disk does.
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  const struct rlimit small { 4096, before.rlim_max };
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = get_error(ErrorKind::io, "model.safetensors");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("cannot write"));
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(HubTest, ReadsOnlyTheStartOfALongErrorPage) {
  fake_.cdn_override = [](const ServerRequest&, int count) -> std::optional<ServerResponse> {
    if (count > 0) return std::nullopt;
    return ServerResponse{500, {}, std::string(1 << 20, 'e')};
  };
  EXPECT_EQ(read(get("model.safetensors")), large_);
  EXPECT_THAT(log_, HasSubstr("HTTP 500"));
}

TEST_F(HubTest, DoesWithoutSymbolicLinks) {
  options_.symlinks = false;
  const fs::path path = get("model.safetensors");
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(read(path), large_);
  EXPECT_THAT(blobs(), IsEmpty());  // moved: not twice on the disk
}

TEST_F(HubTest, ManyThreadsMayAskForTheSameFile) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += read(get("model.safetensors")) == large_ ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(blobs().size(), 1u);
}

TEST_F(HubTest, ReportsProgress) {
  std::vector<std::int64_t> done;
  bool finished = false;
  const ProgressSink before = set_progress_sink([&](const ProgressEvent& event) {
    EXPECT_EQ(event.activity, "download model.safetensors");
    EXPECT_EQ(event.total, static_cast<std::int64_t>(large_.size()));
    done.push_back(event.done);
    finished = event.finished;
  });
  get("model.safetensors");
  set_progress_sink(before);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), static_cast<std::int64_t>(large_.size()));
  EXPECT_TRUE(finished);
}

TEST_F(HubTest, TakesAllFilesOfASnapshotFromOneCommit) {
  // main moves after the first answer.
  const std::string moved = std::string(40, 'c');
  fake_.hub_override = [&](const ServerRequest& request, int count) {
    ServerResponse response = fake_.answer(request);
    if (count > 0 && request.target.find("/main/") != std::string::npos) {
      response.headers[0].second = moved;
    }
    return std::optional(response);
  };
  HubRepository repository(fake_.repo, "main", options_);
  for (const char* name : {"config.json", "model.safetensors"}) repository.get(name);
  for (const char* name : {"sub/vocab.txt", "gone.txt"}) repository.find(name);
  const fs::path snapshot = repository.snapshot();
  EXPECT_EQ(snapshot, folder() / "snapshots" / fake_.commit);
  EXPECT_TRUE(fs::exists(snapshot / "model.safetensors"));
  EXPECT_TRUE(fs::exists(snapshot / "sub/vocab.txt"));
  EXPECT_FALSE(fs::exists(snapshot / "gone.txt"));
}

class ResolveTest : public HubTest {
 protected:
  std::string error(const std::string& name) {
    return error_of(ErrorKind::user, [&] { resolve_model(name, "main", options_); });
  }
};

TEST_F(ResolveTest, UsesALocalFolderAsItIs) {
  make_directories(root_ / "model");
  EXPECT_THAT(error((root_ / "model").string()), HasSubstr("it has no config.json"));
  write_file_atomically(root_ / "model/config.json", "{}");
  EXPECT_EQ(resolve_model((root_ / "model").string(), "main", options_), root_ / "model");
  EXPECT_THAT(error((root_ / "model/config.json").string()), HasSubstr("is a file"));
  EXPECT_THAT(error((root_ / "gone").string()), HasSubstr("neither a folder that exists"));
  EXPECT_EQ(requests(), 0u);
}

TEST_F(ResolveTest, FetchesAModel) {
  fake_.files["vocab.txt"] = {"[PAD]\n"};
  const fs::path folder = resolve_model(fake_.repo, "main", options_);
  for (const char* name : {"config.json", "vocab.txt", "model.safetensors"}) {
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  }
  const std::size_t before = requests();
  EXPECT_EQ(resolve_model(fake_.repo, "main", options_), folder);
  EXPECT_EQ(requests(), before + 1);
  options_.offline = true;
  EXPECT_EQ(resolve_model(fake_.repo, "main", options_), folder);
  EXPECT_EQ(requests(), before + 1);
}

TEST_F(ResolveTest, FetchesWhatFamiliesKeepBesideTheWeights) {
  const std::vector<std::string> names = {"tokenizer.json",
                                          "tokenizer_config.json",
                                          "vocab.txt",
                                          "special_tokens_map.json",
                                          "vocab.json",
                                          "added_tokens.json",
                                          "preprocessor_config.json",
                                          "decision.json",
                                          "run.yaml"};
  for (const std::string& name : names) fake_.files[name] = {"{\"of\": \"" + name + "\"}"};
  const fs::path folder = resolve_model(fake_.repo, "main", options_);
  for (const std::string& name : names) {
    EXPECT_EQ(read(folder / name), fake_.files[name].content) << name;
  }
}

TEST_F(ResolveTest, FetchesWhatTheUserChose) {
  fake_.files["adapter.tur.safetensors"] = {"t"};
  fake_.files["adapter.eng.safetensors"] = {"e"};
  const std::vector<std::string> chosen = {"adapter.tur.safetensors", "adapter.tur.bin"};
  const fs::path folder = resolve_model(fake_.repo, "main", options_, chosen);
  EXPECT_EQ(read(folder / "adapter.tur.safetensors"), "t");
  EXPECT_FALSE(fs::exists(folder / "adapter.tur.bin"));
  EXPECT_FALSE(fs::exists(folder / "adapter.eng.safetensors"));
}

// The Python client leaves no word on files that it never asked for: those count as lacking.
TEST_F(ResolveTest, UsesACompleteCacheWhenTheHubIsDown) {
  fake_.files["vocab.txt"] = {"[PAD]\n"};
  const fs::path folder = resolve_model(fake_.repo, "main", options_);
  remove_tree(this->folder() / ".no_exist");
  for (const bool refused : {false, true}) {
    log_.clear();
    if (refused) {
      fake_.hub_override = [](const ServerRequest&, int) {
        return std::optional(ServerResponse{401, {}, "no"});
      };
      options_.endpoint = fake_.hub.url();
    } else {
      TestServer closed([](const ServerRequest&) { return ServerResponse{}; });
      options_.endpoint = closed.url();
    }
    EXPECT_EQ(resolve_model(fake_.repo, "main", options_), folder);
    const std::string told = "Using config.json of org/name (revision main) from the cache";
    EXPECT_THAT(log_, HasSubstr(told));
    EXPECT_EQ(log_.find("Using", log_.find(told) + 1), std::string::npos);  // once
  }
  EXPECT_TRUE(fs::exists(folder / "vocab.txt"));
  fs::remove(folder / "model.safetensors");
  EXPECT_THAT(
      error_of(ErrorKind::io, [&] { resolve_model(fake_.repo, "main", options_); }),
      AllOf(HasSubstr("model.safetensors"), HasSubstr("in the cache, and"), HasSubstr("HF_TOKEN")));
}

TEST_F(ResolveTest, FetchesAModelOfTensorFlowJs) {
  fake_.files = {{"model.json", {R"({"weightsManifest": [{"paths": ["a.bin", "b.bin"],
                                                         "weights": []}]})"}},
                 {"a.bin", {"a"}},
                 {"b.bin", {"b"}}};
  const fs::path folder = resolve_model(fake_.repo, "main", options_);
  EXPECT_EQ(read(folder / "a.bin") + read(folder / "b.bin"), "ab");
  fake_.files.erase("model.json");
  remove_tree(root_);
  EXPECT_THAT(error(fake_.repo), HasSubstr("neither config.json nor model.json"));
}

TEST_F(ResolveTest, FetchesShards) {
  fake_.files.erase("model.safetensors");
  EXPECT_THAT(error(fake_.repo), HasSubstr("has neither model.safetensors nor"));
  remove_tree(root_);
  fake_.files["a.safetensors"] = {"a", true};
  fake_.files["b.safetensors"] = {"b", true};
  fake_.files["model.safetensors.index.json"] = {
      R"({"weight_map": {"x": "a.safetensors", "y": "b.safetensors", "z": "a.safetensors"}})"};
  const fs::path folder = resolve_model(fake_.repo, "main", options_);
  EXPECT_EQ(read(folder / "a.safetensors"), "a");
  EXPECT_EQ(read(folder / "b.safetensors"), "b");
}

TEST_F(ResolveTest, FetchesPytorchWeightsWhereThereIsNothingBetter) {
  fake_.files["pytorch_model.bin"] = {"whole", true};
  fs::path folder = resolve_model(fake_.repo, "main", options_);
  EXPECT_FALSE(fs::exists(folder / "pytorch_model.bin"));
  remove_tree(root_);
  fake_.files.erase("model.safetensors");
  folder = resolve_model(fake_.repo, "main", options_);
  EXPECT_EQ(read(folder / "pytorch_model.bin"), "whole");
  remove_tree(root_);
  fake_.files.erase("pytorch_model.bin");
  fake_.files["part.bin"] = {"part", true};
  fake_.files["pytorch_model.bin.index.json"] = {R"({"weight_map": {"x": "part.bin"}})"};
  EXPECT_EQ(read(resolve_model(fake_.repo, "main", options_) / "part.bin"), "part");
}

TEST(Url, ResolvesAndCompares) {
  EXPECT_EQ(percent_encode("refs/pr/3 ü"), "refs%2Fpr%2F3%20%C3%BC");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
  EXPECT_TRUE(is_relative_url("/a/b?u=http://x"));
  EXPECT_TRUE(is_relative_url("a"));
  EXPECT_FALSE(is_relative_url("//host/a"));
  EXPECT_FALSE(is_relative_url("https://host/a"));
  EXPECT_EQ(resolve_url("https://h/a/b", "/c?d=1"), "https://h/c?d=1");
  EXPECT_EQ(url_origin("https://H/a"), "https://h:443");
  EXPECT_NE(url_origin("https://h/a"), url_origin("http://h/a"));
  EXPECT_NE(url_origin("https://h/a"), url_origin("https://h:8443/a"));
  EXPECT_THAT(error_of(ErrorKind::io, [] { resolve_url("https://h/a", "http://h/a"); }),
              HasSubstr("not encrypted"));
  EXPECT_THAT(error_of(ErrorKind::io, [] { resolve_url("https://h/a", "file:///etc/passwd"); }),
              HasSubstr("neither http nor https"));
}

class Environment : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HF_ENDPOINT",
          "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN",
          "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_SYMLINKS",
          "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"}) {
      unsetenv(name);
    }
    make_directories(home_);
    setenv("HOME", home_.c_str(), 1);
  }
  void TearDown() override {
    setenv("HOME", old_home_.c_str(), 1);
    remove_tree(home_);
  }
  static HubOptions with(const char* name, const std::string& value) {
    setenv(name, value.c_str(), 1);
    return HubOptions::from_environment();
  }
  const fs::path home_ = fs::temp_directory_path() / fmt::format("attune-home-{}", getpid());
  const std::string old_home_ = std::getenv("HOME") == nullptr ? "/" : std::getenv("HOME");
};

TEST_F(Environment, FindsTheCache) {
  EXPECT_EQ(HubOptions::from_environment().cache, home_ / ".cache/huggingface/hub");
  EXPECT_EQ(with("XDG_CACHE_HOME", "/x").cache, "/x/huggingface/hub");
  EXPECT_EQ(with("HF_HOME", "~/hf").cache, home_ / "hf/hub");
  EXPECT_EQ(with("HUGGINGFACE_HUB_CACHE", "/legacy").cache, "/legacy");
  setenv("ATTUNE_TEST_DIR", "/scratch", 1);
  EXPECT_EQ(with("HF_HUB_CACHE", "$ATTUNE_TEST_DIR/a-${ATTUNE_TEST_DIR}$NOT_SET_X").cache,
            "/scratch/a-/scratch$NOT_SET_X");
}

TEST_F(Environment, FindsTheToken) {
  EXPECT_EQ(HubOptions::from_environment().token, "");
  make_directories(home_ / ".cache/huggingface");
  write_file_atomically(home_ / ".cache/huggingface/token", "from-file\n");
  EXPECT_EQ(HubOptions::from_environment().token, "from-file");
  write_file_atomically(home_ / "other", " other ");
  EXPECT_EQ(with("HF_TOKEN_PATH", "~/other").token, "other");
  EXPECT_EQ(with("HUGGING_FACE_HUB_TOKEN", "legacy").token, "legacy");
  EXPECT_EQ(with("HF_TOKEN", " new\n").token, "new");
  EXPECT_EQ(with("HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes").token, "");
}

TEST_F(Environment, ReadsTheSwitches) {
  const HubOptions plain = HubOptions::from_environment();
  EXPECT_FALSE(plain.offline);
  EXPECT_TRUE(plain.symlinks);
  EXPECT_EQ(plain.endpoint, "https://huggingface.co");
  EXPECT_EQ(plain.etag_timeout, std::chrono::seconds(10));
  EXPECT_TRUE(with("TRANSFORMERS_OFFLINE", "true").offline);
  EXPECT_FALSE(with("HF_HUB_OFFLINE", "0").offline);
  EXPECT_TRUE(with("HF_HUB_OFFLINE", "On").offline);
  EXPECT_FALSE(with("HF_HUB_DISABLE_SYMLINKS", "1").symlinks);
  EXPECT_EQ(with("HF_ENDPOINT", "https://mirror.example//").endpoint, "https://mirror.example");
  EXPECT_EQ(with("HF_HUB_ETAG_TIMEOUT", "3").etag_timeout, std::chrono::seconds(3));
  EXPECT_THAT(error_of(ErrorKind::user, [] { with("HF_HUB_DOWNLOAD_TIMEOUT", "soon"); }),
              HasSubstr("HF_HUB_DOWNLOAD_TIMEOUT is \"soon\""));
}

}  // namespace
}  // namespace attune
