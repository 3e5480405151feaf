#include "api/webhooks/http_client.hpp"

#include "tests/api/handlers.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace upline::tests;
using namespace upline::api;

namespace {

PostResult result_of(HttpClient& client, const std::string& url) {
  std::optional<PostResult> result;
  client.post({url, {{"Content-Type", "text/plain"}}, "hello"}, [&](const PostResult& r) { result = r; });
  while (!result) client.run(std::chrono::milliseconds{1'000});
  return *result;
}

std::string url_of(const Transport& server) { return fmt::format("http://127.0.0.1:{}/a?b=c", server.port()); }

TransportOptions anywhere() { return {.listen = {"127.0.0.1", 0}}; }

/// A server whose certificate nobody vouches for. Takes one connection, and says whether TLS came about on it.
class SelfSignedServer {
 public:
  SelfSignedServer()
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    certify();
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 1) != 0 ||
        ::getsockname(socket_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { answer_one(); });
  }
  ~SelfSignedServer() {
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  SelfSignedServer(const SelfSignedServer&) = delete;
  SelfSignedServer& operator=(const SelfSignedServer&) = delete;

  std::string url() const { return fmt::format("https://127.0.0.1:{}/", port_); }

  bool was_believed() {
    thread_.join();
    return was_believed_;
  }

 private:
  void certify() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    X509_sign(made.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(context_.get(), made.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);  // the client's refusal comes within the handshake
  }

  void answer_one() {
    const int connection = ::accept(socket_, nullptr, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), connection);
    was_believed_ = SSL_accept(tls.get()) == 1;
    if (was_believed_) {
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    }
    ::close(connection);
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int socket_;
  std::uint16_t port_{};
  bool was_believed_{};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a request arrives as it was given, and its answer's status comes back", "[webhook]") {
  Request seen;
  Transport server(anywhere(), [&](Request request, Respond respond) {
    seen = std::move(request);
    respond({.status = 202, .body = "thanks"});
  });
  HttpClient client({.allows_private_addresses = true});
  const auto result = result_of(client, url_of(server));
  CHECK(result.status == 202);
  CHECK(result.error.empty());
  CHECK(seen.method == "POST");
  CHECK(seen.path + "?" + seen.query == "/a?b=c");
  CHECK(seen.body == "hello");
  CHECK(*seen.header("Content-Type") == "text/plain");
  CHECK(client.in_flight() == 0);
}

TEST_CASE("an answer longer than the bound counts by its status", "[webhook]") {
  Transport server(anywhere(), [](const Request&, Respond respond) {
    respond({.status = 200, .body = std::string(std::size_t{8} << 20U, 'x')});
  });
  HttpClient client({.answer_bytes_max = 1'000, .allows_private_addresses = true});
  CHECK(result_of(client, url_of(server)).status == 200);
}

TEST_CASE("a server that never answers is left after the time allowed, and the error names no address", "[webhook]") {
  Desk desk;
  Transport server(anywhere(), desk.handle());
  HttpClient client({.total_timeout = std::chrono::milliseconds{30}, .allows_private_addresses = true});
  const auto result = result_of(client, url_of(server));
  CHECK(result.status == 0);
  CHECK(result.error == "Timeout was reached");
}

TEST_CASE("a client that goes cuts off what is on its way, and tells nobody", "[webhook]") {
  Desk desk;
  Transport server(anywhere(), desk.handle());
  bool was_told = false;
  {
    HttpClient client({.allows_private_addresses = true});
    client.post({url_of(server), {}, ""}, [&](const PostResult&) { was_told = true; });
    client.run(std::chrono::milliseconds{0});
    CHECK(client.in_flight() == 1);
  }
  CHECK_FALSE(was_told);
}

TEST_CASE("nothing is sent to a server whose certificate nobody vouches for", "[webhook]") {
  SelfSignedServer server;
  HttpClient client({.allows_private_addresses = true});
  CHECK(result_of(client, server.url()).status == 0);
  CHECK_FALSE(server.was_believed());
}
