#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

struct HttpResponse {
  /// `no_connection`: nothing was reached (DNS, refused, TLS). `interrupted`: the connection broke
  /// or fell silent.
  enum class Failure { none, no_connection, interrupted };

  int status = 0;                              ///< of the last response, 0 where there was none
  std::map<std::string, std::string> headers;  ///< names in lower case
  Failure failure = Failure::none;
  std::string failure_text;

  /// The header's value or "".
  std::string header(const std::string& lower_case_name) const;
  bool is_redirect() const;
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;           ///< "Name: value"
  std::chrono::milliseconds timeout{10'000};  ///< to connect, and then without a byte
};

/// HTTP by libcurl, as far as downloads need it. Follows no redirect by itself. Keeps connections
/// open between requests. Proxies are those of the environment (https_proxy, no_proxy). Use an
/// object from one thread at a time.
class HttpClient {
 public:
  /// Called with pieces of the body of a response of status 2xx only, decompressed. What it throws
  /// comes out of `get`.
  using BodySink = std::function<void(const HttpResponse& so_far, std::string_view bytes)>;

  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpResponse head(const HttpRequest& request);
  HttpResponse get(const HttpRequest& request, const BodySink& sink);

 private:
  struct Transfer;
  HttpResponse perform(const HttpRequest& request, const BodySink* sink);

  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace attune
