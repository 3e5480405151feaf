// The transport behind TLS.
#include "api/transport.hpp"
#include "tests/api/certificate.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"
#include "tests/api/tls_client.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

namespace {

constexpr milliseconds soon{50};
constexpr milliseconds never{600'000};

void replace(const TlsFiles& files, const TlsFiles& by) {
  fs::copy_file(by.certificate, files.certificate, fs::copy_options::overwrite_existing);
  fs::copy_file(by.key, files.key, fs::copy_options::overwrite_existing);
}

void write(const fs::path& file, std::string_view text) { std::ofstream(file) << text; }

}  // namespace

TEST_CASE("TLS: a connection shakes hands once and serves many requests", "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "shop.example")}, echo);
  TlsClient client(transport.port());
  CHECK(client.version() == "TLSv1.3");
  CHECK(client.server_name() == "shop.example");
  CHECK(client.agreed_protocol() == "http/1.1");
  for (int i = 0; i < 20; ++i) CHECK(client.ask(post("/" + std::to_string(i), "x")).status == 200);
  client.send(get("/a") + get("/b") + get("/c", "Connection: close\r\n"));
  CHECK(client.receive().body == "GET /a? ");
  CHECK(client.receive().body == "GET /b? ");
  CHECK(client.receive().headers.at("connection") == "close");
  CHECK(client.is_closed_by_server());
  CHECK(client.was_told_goodbye());
}

TEST_CASE("TLS: a large body goes in and a large answer comes out whole", "[transport][tls]") {
  const TempFolder folder;
  const std::size_t most = std::size_t{8} << 20U;
  Transport transport({.tls = make_certificate(folder.path(), "s"), .body_bytes_max = most}, echo);
  TlsClient client(transport.port());
  std::string body;
  while (body.size() < most - 16) body += std::to_string(body.size()) + ',';
  CHECK(client.ask(post("/", body)).body == "POST /? " + body);
}

TEST_CASE("TLS 1.2 is spoken, and nothing older", "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s")}, echo);
  TlsClient client(transport.port(), TLS1_2_VERSION);
  CHECK(client.version() == "TLSv1.2");
  CHECK(client.ask(get("/")).status == 200);
  CHECK_THROWS_WITH(TlsClient(transport.port(), TLS1_1_VERSION), Catch::Contains("protocol version"));
  CHECK_THROWS_WITH(TlsClient(transport.port(), TLS1_VERSION), Catch::Contains("protocol version"));
}

TEST_CASE("TLS: a client that wants another protocol than HTTP/1.1 is refused; one that names none is not",
          "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s")}, echo);
  CHECK_THROWS_WITH(TlsClient(transport.port(), TLS1_3_VERSION, "h2"), Catch::Contains("no application protocol"));
  TlsClient client(transport.port(), TLS1_3_VERSION, "");
  CHECK(client.agreed_protocol().empty());
  CHECK(client.ask(get("/")).status == 200);
}

TEST_CASE("TLS: who speaks plain HTTP is told to speak HTTPS, and who speaks nonsense is closed", "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s")}, echo);
  Client plain(transport.port());
  const auto answer = plain.ask(post("/orders", "body"));
  CHECK(answer.status == 400);
  CHECK(answer.body.find("\"tls_expected\"") != std::string::npos);
  CHECK(plain.is_closed_by_server());
  Client nonsense(transport.port());
  nonsense.send("\x01\x02\x03\x04\x05\x06\x07\x08");
  nonsense.send_no_more();
  CHECK_THROWS(nonsense.receive());
  TlsClient other(transport.port());
  CHECK(other.ask(get("/")).status == 200);
}

TEST_CASE("TLS: a handshake that does not come to its end is cut off, and counts as a connection until then",
          "[transport][tls]") {
  const TempFolder folder;
  const auto files = make_certificate(folder.path(), "s");
  Transport hasty({.tls = files, .header_timeout = soon}, echo);
  Client silent(hasty.port());
  CHECK(silent.is_closed_by_server());
  Client half(hasty.port());
  half.send({"\x16\x03\x01\x02", 4});
  CHECK(half.is_closed_by_server());

  Transport small({.tls = files, .io_threads = 1, .connections_max = 1, .header_timeout = never}, echo);
  Client waiting(small.port());
  TlsClient second(small.port());
  CHECK(second.receive().status == 503);
}

TEST_CASE("TLS: a body that is too long is answered with 413, though the client sends all of it", "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s"), .body_bytes_max = 1000}, echo);
  TlsClient client(transport.port());
  client.send_as_far_as_possible(post("/", std::string(5'000'000, 'b')));
  CHECK(client.receive().status == 413);
  CHECK(client.is_closed_by_server());
  CHECK(client.was_told_goodbye());
}

TEST_CASE("TLS: a request that does not come to its end is answered with 408", "[transport][tls]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s"), .body_timeout = soon}, echo);
  TlsClient client(transport.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  CHECK(client.receive().status == 408);
  CHECK(client.is_closed_by_server());
}

TEST_CASE("TLS: a client that does not read its answer is cut off", "[transport][tls]") {
  const TempFolder folder;
  const std::string body(std::size_t{64} << 20U, 'x');
  Transport transport({.tls = make_certificate(folder.path(), "s"), .write_timeout = soon},
                      [&](const Request&, Respond respond) { respond({200, "text/plain", {}, body}); });
  TlsClient client(transport.port());
  client.send(get("/"));
  transport.stop(never);
  CHECK_THROWS_WITH(client.receive(), "closed before the end of a body");
}

TEST_CASE("TLS: another certificate is for the connections to come, and a bad one changes nothing",
          "[transport][tls]") {
  const TempFolder folder;
  const auto files = make_certificate(folder.path(), "first");
  const auto second = make_certificate(folder.path(), "second");
  Warnings warnings;
  Transport transport({.tls = files, .warn = warnings.sink()}, echo);
  TlsClient before(transport.port());
  CHECK(before.ask(get("/")).status == 200);
  replace(files, second);
  transport.reload_certificate();
  TlsClient after(transport.port());
  CHECK(after.server_name() == "second");
  CHECK(before.server_name() == "first");
  CHECK(before.ask(get("/still")).body == "GET /still? ");

  write(files.certificate, "half a certif");
  transport.reload_certificate();
  CHECK(warnings.first() == files.certificate.string() +
                                " holds no certificate in PEM that can be used; the server goes on with the "
                                "certificate that it has");
  CHECK(TlsClient(transport.port()).server_name() == "second");
  CHECK(after.ask(get("/still")).status == 200);
}

TEST_CASE("TLS: what is wrong with the files is said before the server listens", "[transport][tls]") {
  const TempFolder folder;
  const auto good = make_certificate(folder.path(), "good");
  const auto other = make_certificate(folder.path(), "other");
  const auto text = folder.path() / "text";
  write(text, "no PEM\n");
  const auto start = [](const TlsFiles& files) { const TlsCertificate started(files); };
  CHECK_THROWS_WITH(
      start({folder.path() / "none.pem", good.key}),
      Catch::Contains("the certificate") && Catch::EndsWith("none.pem cannot be read: No such file or directory"));
  CHECK_THROWS_WITH(start({good.certificate, folder.path() / "none.key"}),
                    Catch::Contains("the certificate's key") &&
                        Catch::EndsWith("none.key cannot be read: No such file or directory"));
  CHECK_THROWS_WITH(start({folder.path(), good.key}), Catch::EndsWith(" is a folder; name its file"));
  CHECK_THROWS_WITH(start({text, good.key}), Catch::EndsWith("text holds no certificate in PEM that can be used"));
  CHECK_THROWS_WITH(start({good.certificate, text}),
                    Catch::EndsWith("text holds no private key in PEM without a passphrase"));
  CHECK_THROWS_WITH(start({good.certificate, other.key}),
                    Catch::StartsWith("the key in ") && Catch::EndsWith("good.pem"));
  CHECK_THROWS_AS(Transport({.tls = TlsFiles{text, text}}, echo), TlsError);
}

TEST_CASE("TLS: stopping lets a request in flight finish and says goodbye to who is idle", "[transport][tls]") {
  const TempFolder folder;
  Desk desk;
  Transport transport({.tls = make_certificate(folder.path(), "s"), .linger_timeout = soon, .last_call = soon},
                      desk.handle());
  TlsClient idle(transport.port());
  TlsClient busy(transport.port());
  busy.send(get("/in-flight"));
  auto in_flight = desk.take();
  std::jthread stopping([&] { transport.stop(never); });
  CHECK(idle.is_closed_by_server());
  CHECK(idle.was_told_goodbye());
  in_flight.respond(echo_of(in_flight.request));
  const auto answer = busy.receive();
  CHECK(answer.body == "GET /in-flight? ");
  CHECK(answer.headers.at("connection") == "close");
}

TEST_CASE("TLS: clients that come, ask and leave while the certificate changes", "[transport][tls][concurrency]") {
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s"), .io_threads = 2}, echo);
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        if (TlsClient(transport.port()).ask(get("/")).status != 200) throw std::runtime_error("not answered");
      }
    });
  }
  for (int i = 0; i < 20; ++i) transport.reload_certificate();
}
