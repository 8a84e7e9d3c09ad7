#include "attune/pretrained/hub/http_client.h"

#include <algorithm>
#include <exception>
#include <mutex>

#include <curl/curl.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

// A short body is read to its end, so that the connection can be used again; a long one is not
// worth it.
constexpr std::size_t kMaxDiscarded = 64 << 10;

}  // namespace

std::string HttpResponse::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

bool HttpResponse::is_redirect() const {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

struct HttpClient::Handle {
  CURL* curl = nullptr;
  ~Handle() { curl_easy_cleanup(curl); }
};

/// What libcurl's callbacks see of one request.
struct HttpClient::Transfer {
  CURL* curl;
  const BodySink* sink;
  HttpResponse response;
  std::size_t discarded = 0;  // of the body of an error or a redirect
  std::exception_ptr thrown;  // an exception must not pass through libcurl's C frames

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& response = static_cast<Transfer*>(self)->response;
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) response.headers.clear();  // the one before was a proxy's or 1xx
    const auto colon = line.find(':');
    // Bounded: a server may send headers without end.
    if (colon != std::string_view::npos && response.headers.size() < 200) {
      response.headers[to_lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 1));
    }
    return size;
  }

  /// Called about once a second also where nothing comes.
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    try {
      check_stop();
      return 0;
    } catch (...) {
      static_cast<Transfer*>(self)->thrown = std::current_exception();
      return 1;
    }
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    long status = 0;
    curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299 || transfer.sink == nullptr) {
      transfer.discarded += size;
      return transfer.discarded <= kMaxDiscarded ? size : CURL_WRITEFUNC_ERROR;
    }
    transfer.response.status = static_cast<int>(status);
    try {
      (*transfer.sink)(transfer.response, std::string_view(data, size));
    } catch (...) {
      transfer.thrown = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
    return size;
  }
};

HttpClient::HttpClient() : handle_(std::make_unique<Handle>()) {
  static std::once_flag once;
  // curl_global_init is not safe between threads before libcurl 7.84.
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handle_->curl = curl_easy_init();
  check(handle_->curl != nullptr, ErrorKind::internal, "libcurl could not be initialised");
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::head(const HttpRequest& request) {
  return perform(request, nullptr);
}

HttpResponse HttpClient::get(const HttpRequest& request, const BodySink& sink) {
  return perform(request, &sink);
}

HttpResponse HttpClient::perform(const HttpRequest& request, const BodySink* sink) {
  CURL* curl = handle_->curl;
  curl_easy_reset(curl);  // keeps the connections
  Transfer transfer{curl, sink, {}, 0, nullptr};
  curl_slist* list = nullptr;
  for (const std::string& header : request.headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            curl_slist_free_all);
  char error_text[CURL_ERROR_SIZE] = "";
  const auto seconds = std::max<long>(1, static_cast<long>(request.timeout.count() / 1000));
  // Redirects are not followed here (libcurl's default): where the token may go is decided for each
  // address.
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "attune/" ATTUNE_VERSION);
  curl_easy_setopt(curl, CURLOPT_NOBODY, sink == nullptr ? 1L : 0L);
  // Otherwise libcurl may use SIGALRM for timeouts of the resolver, which is not safe with threads.
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout.count()));
  // No limit on the whole: a file may take hours, but not stand still.
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
  // Decompress where a server compresses although it was asked not to.
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  HttpResponse response = std::move(transfer.response);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  // Giving up a long body is our own doing and no failure of the transfer.
  if (code != CURLE_OK && transfer.discarded <= kMaxDiscarded) {
    curl_off_t connected_after = 0;
    long new_connections = 0;
    curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected_after);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &new_connections);
    // Tells an interrupted transfer, where another attempt helps, from a wrong address, proxy or
    // certificate, where it does not.
    const bool reached = (connected_after > 0 || new_connections == 0 || status != 0) &&
                         code != CURLE_PEER_FAILED_VERIFICATION &&
                         code != CURLE_SSL_CONNECT_ERROR && code != CURLE_COULDNT_RESOLVE_HOST &&
                         code != CURLE_COULDNT_RESOLVE_PROXY && code != CURLE_COULDNT_CONNECT;
    using Failure = HttpResponse::Failure;
    response.failure = reached ? Failure::interrupted : Failure::no_connection;
    response.failure_text = error_text[0] != '\0' ? error_text : curl_easy_strerror(code);
  }
  return response;
}

}  // namespace attune
