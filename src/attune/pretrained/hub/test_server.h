#pragma once

// For tests only: a HTTP/1.1 server on 127.0.0.1 that does exactly what a test wants, also what no
// well-behaved server does (wrong lengths, connections cut in the middle, silence).

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {

struct ServerRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct ServerResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t send_only = std::string::npos;  ///< cut the connection after that much of the body
  std::chrono::milliseconds silence{0};       ///< before the body
  bool announce_length = true;                ///< send Content-Length
};

class TestServer {
 public:
  using Handler = std::function<ServerResponse(const ServerRequest&)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool listens = bind(listener_, generic, size) == 0 && listen(listener_, 64) == 0 &&
                         getsockname(listener_, generic, &size) == 0;
    check(listens, ErrorKind::io, "the test server cannot listen: {}", errno_text(errno));
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~TestServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (std::thread& worker : workers_) worker.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  std::vector<ServerRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      workers_.emplace_back([this, connection] {
        serve(connection);
        close(connection);
      });
    }
  }

  void serve(int connection) {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    const ServerRequest request = parse(text);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const ServerResponse response = handler_(request);
    std::string head = fmt::format("HTTP/1.1 {} Status\r\nConnection: close\r\n", response.status);
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    if (response.announce_length) {
      head += fmt::format("Content-Length: {}\r\n", response.body.size());
    }
    send_all(connection, head + "\r\n");
    std::this_thread::sleep_for(response.silence);
    if (request.method != "HEAD") {
      send_all(connection, std::string_view(response.body).substr(0, response.send_only));
    }
  }

  static ServerRequest parse(const std::string& text) {
    ServerRequest request;
    const auto lines = split(text, '\n');
    const auto first = split(lines[0], ' ');
    request.method = first.at(0);
    request.target = first.at(1);
    for (const std::string& line : lines) {
      const auto colon = line.find(": ");
      if (colon == std::string::npos) continue;
      request.headers[to_lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 2));
    }
    return request;
  }

  static void send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> workers_;
  mutable std::mutex mutex_;
  std::vector<ServerRequest> requests_;
};

}  // namespace attune
