// The floor: HTTP in, one writer with group commit, an answer once the commit is durable, and nothing else. It takes
// the requests that `upline serve` takes for an order and its payment, so that one client drives both; it checks no
// token, knows no rule, and remembers nothing. What it reaches is what this machine's sockets and disk let any such
// server reach.
#include "bench/peers/floor_writer.hpp"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Json = nlohmann::ordered_json;
using upline::bench::FloorCommand;
using upline::bench::FloorWriter;
using upline::bench::Position;

using Contexts = std::vector<std::unique_ptr<asio::io_context>>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

/// The first 63 bits of a UUID, which are the time where it grows with time.
std::int64_t order_number(std::string_view uuid) {
  std::uint64_t number{};
  for (const char letter : uuid.substr(0, 18)) {
    if (letter == '-') continue;
    unsigned digit{};
    std::from_chars(&letter, &letter + 1, digit, 16);
    number = number << 4U | digit;
  }
  return static_cast<std::int64_t>(number >> 1U);
}

/// /v1/shops/bench/orders/<order>/payments
std::string_view order_in(std::string_view path) {
  constexpr std::string_view before = "/orders/";
  const auto begin = path.find(before);
  if (begin == std::string_view::npos) return {};
  const auto rest = path.substr(begin + before.size());
  return rest.substr(0, rest.find('/'));
}

asio::awaitable<Position> written(FloorWriter& writer, FloorCommand command) {
  const auto start = [&writer](auto handler, FloorCommand given) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    given.answer = [shared](Position position) { std::move (*shared)(position); };
    writer.push(std::move(given));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Position)>(start, asio::use_awaitable,
                                                                                         std::move(command));
}

Json answer_of(std::string order, bool is_payment, Position position) {
  Json json{{"position", position}, {"outcome", "appended"}};
  json["order"] = {{"order", std::move(order)}, {"state", is_payment ? "delivered" : "placed"}};
  if (is_payment) json["keys"] = {{{"number", 1}, {"key", fmt::format("KEY-{}", position)}}};
  return json;
}

asio::awaitable<void> serve(FloorWriter& writer, std::size_t thread, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  stream.socket().set_option(tcp::no_delay(true));
  beast::flat_buffer buffer;
  try {
    while (true) {
      Request request;
      co_await http::async_read(stream, buffer, request, asio::use_awaitable);
      Response response{http::status::created, request.version()};
      const auto json = Json::parse(request.body(), nullptr, false);
      const std::string path(request.target());
      std::string order(order_in(path));
      const bool is_payment = !order.empty();
      if (json.is_object() && !is_payment) order = json.value("order", "");
      FloorCommand command{is_payment, order_number(order), std::move(request.body()), thread, {}};
      const auto position = co_await written(writer, std::move(command));
      response.set(http::field::content_type, "application/json");
      response.body() = answer_of(std::move(order), is_payment, position).dump();
      response.prepare_payload();
      co_await http::async_write(stream, response, asio::use_awaitable);
    }
  } catch (const std::exception&) {  // the client has gone
  }
}

tcp::acceptor listen(asio::io_context& context, std::uint16_t port) {
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  const int on = 1;
  ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  acceptor.bind({asio::ip::address_v4::loopback(), port});
  acceptor.listen();
  return acceptor;
}

asio::awaitable<void> accept(FloorWriter& writer, std::size_t thread, asio::io_context& context,
                             tcp::acceptor acceptor) {
  while (true) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(context, serve(writer, thread, std::move(socket)), asio::detached);
  }
}

void run(const std::string& file, std::size_t threads) {
  Contexts contexts;
  for (std::size_t i = 0; i < threads; ++i) contexts.push_back(std::make_unique<asio::io_context>(1));
  FloorWriter writer(file, threads, [&contexts](std::size_t thread, std::function<void()> work) {
    asio::post(*contexts[thread], std::move(work));
  });
  std::uint16_t port = 0;  // the first listener's is everybody's
  for (std::size_t i = 0; i < threads; ++i) {
    auto acceptor = listen(*contexts[i], port);
    port = acceptor.local_endpoint().port();
    asio::co_spawn(*contexts[i], accept(writer, i, *contexts[i], std::move(acceptor)), asio::detached);
  }
  asio::signal_set signals(*contexts[0], SIGTERM, SIGINT);
  signals.async_wait([&contexts](auto, int) {
    for (auto& context : contexts) context->stop();
  });
  std::cout << fmt::format("Serving on http://127.0.0.1:{} until it is interrupted.", port) << std::endl;
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back([&context = *contexts[i]] { context.run(); });
  contexts[0]->run();
  others.clear();
  std::cout << Json{{"commands", writer.commands()}, {"commits", writer.commits()}} << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string file;
  std::size_t threads = 2;
  CLI::App app("Takes orders and payments over HTTP and appends them, without any rule.");
  app.add_option("file", file, "The SQLite database, made anew")->required();
  app.add_option("--threads", threads, "that read and answer requests")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  run(file, threads);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_floor: " << error.what() << '\n';
  return EXIT_FAILURE;
}
