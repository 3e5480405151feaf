// Requests whose end, or whose fields, two programs could read in two ways. One of them may be a proxy in front.
#include "api/transport.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using namespace std::string_literals;

namespace {

struct Shape {
  const char* name;
  std::string request;
};

/// Behind each shape comes a request that must never be taken for one: the server has lost count by then.
unsigned status_of(const Transport& transport, const std::string& request) {
  Client client(transport.port());
  client.send_as_far_as_possible(request + get("/smuggled"));
  client.send_no_more();
  const auto answer = client.receive();
  CHECK(answer.body.find("/smuggled") == std::string::npos);
  CHECK(client.is_closed_by_server());
  return answer.status;
}

const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";

}  // namespace

TEST_CASE("no request is smuggled by its length", "[transport][smuggling]") {
  const Transport transport({}, echo);
  const std::vector<Shape> shapes{
      {"equal lengths twice", start + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"},
      {"two lengths in one field", start + "Content-Length: 2, 2\r\n\r\nab"},
      {"two lengths that differ in one field", start + "Content-Length: 2, 3\r\n\r\nab"},
      {"a signed length", start + "Content-Length: +2\r\n\r\nab"},
      {"a hexadecimal length", start + "Content-Length: 0x2\r\n\r\nab"},
      {"an empty length", start + "Content-Length:\r\n\r\n"},
      {"a length with a blank in it", start + "Content-Length: 1 0\r\n\r\n"},
      {"a length of 2^64", start + "Content-Length: 18446744073709551616\r\n\r\n"},
      {"chunked twice", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunked, chunked", start + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked and a length of 0", start + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"},
      {"xchunked", start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"chunked behind a vertical tab", start + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"},
      {"chunked, identity", start + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"chunked on a folded line", start + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
  };
  for (const auto& [name, request] : shapes) {
    INFO(name);
    const auto status = status_of(transport, request);
    CHECK((status == 400 || status == 501));
  }
}

TEST_CASE("no request is smuggled by its chunks", "[transport][smuggling]") {
  const Transport transport({}, echo);
  const auto chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<Shape> shapes{
      {"no size", chunked + "\r\n0\r\n\r\n"},
      {"a signed size", chunked + "+2\r\nab\r\n0\r\n\r\n"},
      {"a negative size", chunked + "-2\r\nab\r\n0\r\n\r\n"},
      {"a size with 0x", chunked + "0x2\r\nab\r\n0\r\n\r\n"},
      {"a size of 2^64", chunked + "10000000000000000\r\nab\r\n0\r\n\r\n"},
      {"a size of 2^64 + 2", chunked + "10000000000000002\r\nab\r\n0\r\n\r\n"},
      {"a blank before the size", chunked + " 2\r\nab\r\n0\r\n\r\n"},
      {"bytes behind the size", chunked + "2 x\r\nab\r\n0\r\n\r\n"},
      {"a bare LF behind the size", chunked + "2\nab\r\n0\r\n\r\n"},
      {"a bare LF behind the chunk", chunked + "2\r\nab\n0\r\n\r\n"},
      {"no line's end behind the chunk", chunked + "2\r\nabcd0\r\n\r\n"},
      {"a bare LF in an extension", chunked + "2;a=\nb\r\nab\r\n0\r\n\r\n"},
      {"a size that only the client's limit bounds", chunked + "7fffffffffffffff\r\nab\r\n"},
  };
  for (const auto& [name, request] : shapes) {
    INFO(name);
    const auto status = status_of(transport, request);
    CHECK((status == 400 || status == 413));
  }
}

TEST_CASE("no field hides behind another", "[transport][smuggling]") {
  const Transport transport({}, echo);
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::vector<Shape> shapes{
      {"a folded line", line + "Host: h\r\nX: a\r\n b\r\n\r\n"},
      {"a line folded by a tab", line + "Host: h\r\nX: a\r\n\tb\r\n\r\n"},
      {"a first field that is folded", line + " Host: h\r\n\r\n"},
      {"a blank before the colon", line + "Host: h\r\nContent-Length : 2\r\n\r\n"},
      {"a tab before the colon", line + "Host: h\r\nTransfer-Encoding\t: chunked\r\n\r\n"},
      {"no name", line + "Host: h\r\n: value\r\n\r\n"},
      {"a NUL in a value", line + "Host: h\r\nX: a\0b\r\n\r\n"s},
      {"a NUL in a name", line + "Host: h\r\nX\0Y: b\r\n\r\n"s},
      {"a NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"s},
      {"a bare CR in a value", line + "Host: h\r\nX: a\rb\r\n\r\n"},
      {"a bare LF in a value", line + "Host: h\r\nX: a\nContent-Length: 2\r\n\r\n"},
      {"bare LFs throughout", "GET / HTTP/1.1\nHost: h\n\n"},
      {"a bare LF behind the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"two blanks in the request line", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a method that is none", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a small http", "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {"a version of three digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n"},
      {"a byte above ASCII in the target", "GET /\xC3\xA9 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"DEL in the target", "GET /\x7F HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const auto& [name, request] : shapes) {
    INFO(name);
    CHECK(status_of(transport, request) == 400);
  }
}

TEST_CASE("a fold is noticed however the bytes are cut", "[transport][smuggling]") {
  const Transport transport({}, echo);
  Client client(transport.port());
  for (const char byte : "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"s) client.send_as_far_as_possible({&byte, 1});
  CHECK(client.receive().status == 400);
  CHECK(client.is_closed_by_server());
}

TEST_CASE("what only looks like a fold is a body", "[transport][smuggling]") {
  const Transport transport({}, echo);
  Client client(transport.port());
  CHECK(client.ask(post("/", "a\r\n b\nc")).body == "POST /? a\r\n b\nc");
  CHECK(client.ask(post("/", "\r\n b")).body == "POST /? \r\n b");
  client.send(post("/1", " x") + get("/2"));
  CHECK(client.receive().body == "POST /1?  x");
  CHECK(client.receive().body == "GET /2? ");
}

TEST_CASE("chunk sizes in capitals, with zeros in front and with extensions are understood", "[transport][smuggling]") {
  const Transport transport({}, echo);
  Client client(transport.port());
  CHECK(client.ask(start + "transfer-encoding: CHUNKED\r\n\r\n000A;name=v\r\n0123456789\r\n000\r\n\r\n").body ==
        "POST /? 0123456789");
}

TEST_CASE("an empty body of chunks that comes byte by byte is understood", "[transport][smuggling]") {
  const Transport transport({}, echo);
  Client client(transport.port());
  for (const char byte : start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") client.send({&byte, 1});
  CHECK(client.receive().body == "POST /? ");
}
