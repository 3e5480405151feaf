// Bodies as no well-behaved client sends them. Whatever comes is taken or refused with a sentence that names the field;
// nothing is guessed at, nothing is the server's failure, and the connection goes on.
#include "tests/api/served_books.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using namespace std::string_literals;

namespace {

struct Body {
  const char* what;
  std::string text;
  const char* field;  // that the refusal names
};

/// A body whose integer, text or unknown field is written like this.
std::string number(std::string_view written) { return fmt::format(R"({{"open_per_buyer":{}}})", written); }
std::string text(std::string_view inside) { return fmt::format("{{\"open_per_buyer\":3,\"reason\":\"{}\"}}", inside); }
std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }
std::string unknown(std::string_view value) { return fmt::format("{{\"x\":{}}}", value); }

std::vector<Body> accepted() {
  return {
      {"white space", " \t\r\n{ \"open_per_buyer\" \n:\t3 } \r\n", ""},
      {"an escaped key", R"({"open\u005fper_buyer":3})", ""},
      {"a null for a field that may be missing", R"({"open_per_buyer":3,"reason":null})", ""},
      {"a number without white space", number("3"), ""},
      {"escapes", text(R"(\"\\\/)"), ""},
      {"an escaped pair of surrogates", text(R"(\ud83d\ude00)"), ""},
      {"four bytes of UTF-8", text("\xF0\x9F\x98\x80"), ""},
      {"a noncharacter", text("\xEF\xBF\xBF"), ""},
      {"the last character of all", text("\xF4\x8F\xBF\xBF"), ""},
  };
}

std::vector<Body> wrong_structure() {
  return {
      {"nothing but a bracket", "{", ""},
      {"a comma at the end", R"({"open_per_buyer":3,})", ""},
      {"a comma at the start", R"({,"open_per_buyer":3})", ""},
      {"a missing colon", R"({"open_per_buyer" 3})", ""},
      {"a missing value", R"({"open_per_buyer":})", ""},
      {"a key without quotes", "{open_per_buyer:3}", ""},
      {"single quotes", "{'open_per_buyer':3}", ""},
      {"a number as a key", "{1:3}", ""},
      {"a comment", "{\"open_per_buyer\":3/* three */}", ""},
      {"a comment to the end of the line", "{\"open_per_buyer\":3}// three", ""},
      {"a second value", "{\"open_per_buyer\":3}{}", ""},
      {"a stray bracket behind it", "{\"open_per_buyer\":3}]", ""},
      {"brackets that do not match", "{\"open_per_buyer\":3]", ""},
      {"a word", unknown("nil"), ""},
      {"capitals", unknown("TRUE"), ""},
      {"NaN", number("NaN"), ""},
      {"Infinity", number("Infinity"), ""},
      {"a byte order mark", "\xEF\xBB\xBF{\"open_per_buyer\":3}", ""},
      {"UTF-16", "\xFF\xFE{\0}\0"s, ""},
      {"a NUL behind it", "{\"open_per_buyer\":3}\0"s, ""},
      {"a NUL and more behind it", "{\"open_per_buyer\":3}\0{\"open_per_buyer\":4}"s, ""},
      {"a NUL in front", "\0{\"open_per_buyer\":3}"s, ""},
      {"a form feed", "\f{\"open_per_buyer\":3}", ""},
      {"an unclosed text", "{\"reason\":\"x", ""},
      {"a list", "[3]", ""},
      {"a text", "\"open_per_buyer\"", ""},
      {"a number", "3", ""},
      {"null", "null", ""},
      {"a form", "open_per_buyer=3&reason=x", ""},
  };
}

std::vector<Body> wrong_numbers() {
  return {
      {"a fraction of nothing", number("1.0"), "open_per_buyer"},
      {"a fraction", number("0.5"), "open_per_buyer"},
      {"an exponent", number("1e3"), "open_per_buyer"},
      {"a capital exponent", number("1E0"), "open_per_buyer"},
      {"a minus nothing with a fraction", number("-0.0"), "open_per_buyer"},
      {"one above 64 bits with a sign", number("9223372036854775808"), "open_per_buyer"},
      {"one below 64 bits", number("-9223372036854775809"), "open_per_buyer"},
      {"one above 64 bits", number("18446744073709551616"), "open_per_buyer"},
      {"a thousand digits", number(std::string(1000, '9')), "open_per_buyer"},
      {"beyond a double", number("1e400"), "open_per_buyer"},
      {"beyond a double, below", number("-1e400"), "open_per_buyer"},
      {"next to nothing", number("1e-400"), "open_per_buyer"},
      {"a number as a text", number("\"3\""), "open_per_buyer"},
      {"true", number("true"), "open_per_buyer"},
      {"a list of one", number("[3]"), "open_per_buyer"},
      {"a plus", number("+3"), ""},
      {"a leading nought", number("03"), ""},
      {"a dot in front", number(".5"), ""},
      {"a dot behind", number("3."), ""},
      {"a minus alone", number("-"), ""},
      {"two signs", number("--3"), ""},
      {"hexadecimal", number("0x3"), ""},
      {"an exponent without a number", number("3e"), ""},
      {"digits of another script", number("\xEF\xBC\x93"), ""},
      {"a fraction where nobody looks", unknown(R"({"y":[1,2,{"z":1.5}]})"), "x.y[2].z"},
  };
}

std::vector<Body> wrong_texts() {
  return {
      {"the first half of a pair", text(R"(\ud800)"), ""},
      {"the second half of a pair", text(R"(\udc00)"), ""},
      {"two first halves", text(R"(\ud800\ud800)"), ""},
      {"a pair the wrong way round", text(R"(\ude00\ud83d)"), ""},
      {"a first half before another escape", text(R"(\ud800\n)"), ""},
      {"a first half before a letter", text(R"(\ud800x)"), ""},
      {"half an escape", text(R"(\u00)"), ""},
      {"no escape", text(R"(\x41)"), ""},
      {"an escaped NUL", text(R"(\u0000)"), "reason"},
      {"an escaped NUL in a key", R"({"a\u0000b":1})", ""},
      {"a line end", text("a\nb"), ""},
      {"a tabulator", text("a\tb"), ""},
      {"a byte that is none of UTF-8", text("\xFF"), ""},
      {"a continuation alone", text("\x80"), ""},
      {"a character cut short", text("\xE2\x82"), ""},
      {"a slash in two bytes", text("\xC0\xAF"), ""},
      {"a surrogate in UTF-8", text("\xED\xA0\x80"), ""},
      {"beyond the last character", text("\xF4\x90\x80\x80"), ""},
      {"Latin-1", text("Caf\xE9"), ""},
      {"a number for a text", R"({"open_per_buyer":3,"reason":7})", "reason"},
      {"an object for a text", R"({"open_per_buyer":3,"reason":{}})", "reason"},
  };
}

std::vector<Body> wrong_fields() {
  return {
      {"a field that is none", R"({"open_per_buyer":3,"dry_run":true})", "dry_run"},
      {"a field that is none, of no value", R"({"open_per_buyer":3,"dry_run":null})", "dry_run"},
      {"a field in capitals", R"({"Open_per_buyer":3})", "Open_per_buyer"},
      {"a field without a name", R"({"open_per_buyer":3,"":1})", ""},
      {"a field twice", R"({"open_per_buyer":3,"open_per_buyer":3})", "open_per_buyer"},
      {"a field twice, once escaped", R"({"open_per_buyer":3,"open\u005fper_buyer":4})", "open_per_buyer"},
      {"a field twice, without a value", R"({"reason":null,"reason":null})", "reason"},
      {"a field twice, further down", unknown(R"([{"y":{"z":1,"w":2,"z":3}}])"), "x[0].y.z"},
      {"as deep as may be", unknown(nested(15)), "x"},
      {"deeper", unknown(nested(16)), ""},
      {"a hundred thousand brackets", std::string(100'000, '['), ""},
      {"a hundred thousand brackets, closed", nested(100'000), ""},
      {"a hundred thousand objects",
       [] {
         std::string deep;
         for (int i = 0; i < 100'000; ++i) deep += "{\"x\":";
         return deep;
       }(),
       ""},
  };
}

}  // namespace

TEST_CASE("what is JSON, and says what the command asks for, is taken", "[json]") {
  ServedBooks books;
  auto client = books.client();
  for (const auto& body : accepted()) {
    INFO(body.what);
    const auto answer = client.post_text("/policy/reservation", body.text);
    CHECK((answer.status == 200 || answer.status == 201));
  }
}

TEST_CASE("what is not is refused, by its field, and the connection goes on", "[json]") {
  ServedBooks books;
  auto client = books.client();
  const auto policy = client.get("/policy").body;
  for (const auto& bodies : {wrong_structure(), wrong_numbers(), wrong_texts(), wrong_fields()}) {
    for (const auto& body : bodies) {
      INFO(body.what);
      const auto answer = client.post_text("/policy/reservation", body.text);
      CHECK(answer.status == 400);
      CHECK(answer.code() == "invalid_body");
      CHECK(answer.body.value("field", "") == body.field);
      CHECK(answer.body.value("detail", "").ends_with("."));
      CHECK(client.get("/policy").body == policy);
    }
  }
}

TEST_CASE("a refusal says in a sentence what is wrong with the body", "[json]") {
  ServedBooks books;
  auto client = books.client();
  const auto refused = [&](const std::string& body) {
    const auto answer = client.post_text("/orders", body);
    CHECK(answer.status == 400);
    return answer.body.value("field", "") + ": " + answer.body.value("detail", "");
  };
  const auto with = [](std::string_view field) {
    return fmt::format(R"({{"order":"a","member":"b","product":"c",{}}})", field);
  };
  CHECK(refused("") == "order: 'order' is missing.");
  CHECK(refused("{") == ": The body is not valid JSON in UTF-8: see byte 2.");
  CHECK(refused("[1]") == ": The body must be a JSON object.");
  CHECK(refused(R"({"order":1})") == "order: 'order' must be a text.");
  CHECK(refused(R"({"order":"a","order":"b"})") == "order: 'order' is in its object twice.");
  CHECK(refused(with(R"("quantity":1.0)")) ==
        "quantity: 'quantity' must be an integer, without a fraction or an exponent.");
  CHECK(refused(with(R"("quantity":"1")")) == "quantity: 'quantity' must be an integer.");
  CHECK(refused(with(R"("quantity":9223372036854775808)")) ==
        "quantity: 'quantity' is beyond the integers of 64 bits.");
  CHECK(refused(with(R"("quantity":1e400)")) == "quantity: 'quantity' is a number out of range.");
  CHECK(refused(with(R"("price":1)")) == "price: 'price' is no field of this request.");
  CHECK(refused(with(R"("contact":"a\u0000")")) == "contact: 'contact' holds a NUL.");
  CHECK(refused(with(R"("occurred_at":"yesterday")")) ==
        "occurred_at: 'occurred_at' must be a time such as 2026-05-01T12:00:00Z.");
  CHECK(refused(fmt::format("{{\"{}\":1}}", std::string(100'000, 'x'))).size() < 300);
  const auto keys = client.post_text("/products/game/keys", R"({"batch":"b","keys":["secret-one",2]})");
  CHECK(keys.body["field"] == "keys[1]");
  CHECK(keys.body["detail"] == "'keys[1]' must be a text.");
}

TEST_CASE("a refused body of secrets is not repeated", "[json]") {
  ServedBooks books;
  auto client = books.client();
  for (const auto& body :
       {R"({"batch":"b","keys":["tell-nobody"],"keys":["tell-nobody"]})"s,
        R"({"batch":"b","keys":["tell-nobody","\ud800"]})"s, R"({"batch":"b","keys":["tell-nobody\u0000"]})"s,
        R"({"batch":"b","keys":["tell-nobody"},)"s}) {
    const auto answer = client.post_text("/products/game/keys", body);
    CHECK(answer.status == 400);
    CHECK(answer.body.dump().find("nobody") == std::string::npos);
  }
}

TEST_CASE("a body that says that it is something else than JSON is refused", "[json]") {
  ServedBooks books;
  auto client = books.client();
  const auto with = [&](const std::string& header) {
    return client.post_text("/policy/reservation", R"({"open_per_buyer":3})", header + "\r\n");
  };
  for (const auto* header : {"Content-Type: application/json", "Content-Type: Application/JSON; charset=utf-8",
                             "Content-Type:", "Content-Type: application/merge-patch+json",
                             "Content-Type: application/x-www-form-urlencoded", "Content-Encoding: identity"}) {
    INFO(header);
    CHECK(with(header).status < 300);
  }
  for (const auto* header :
       {"Content-Type: text/plain", "Content-Type: application/xml", "Content-Type: multipart/form-data; boundary=x",
        "Content-Type: application/x-ndjson", "Content-Type: application/jsonx", "Content-Encoding: gzip"}) {
    INFO(header);
    CHECK(with(header).status == 415);
    CHECK(with(header).code() == "unsupported_media_type");
  }
  CHECK(client.post_text("/products/game/retirement", "", "Content-Type: text/plain\r\n").status == 201);
}

TEST_CASE("a command takes nothing from the query, and a query's number is one", "[json]") {
  ServedBooks books;
  auto client = books.client();
  const auto answer = client.post("/members?dry_run=true", {{"member", "erin"}});
  CHECK(answer.status == 400);
  CHECK(answer.body["field"] == "dry_run");
  for (const auto* limit : {"1.0", "1e1", "-1", "+1", "%201", "0x1", "", "18446744073709551616", "1001", "%EF%BC%93"}) {
    INFO(limit);
    const auto refused = client.get(fmt::format("/events?limit={}", limit));
    CHECK(refused.status == 400);
    CHECK(refused.body["field"] == "limit");
  }
  CHECK(client.get("/events?limit=10").status == 200);
}
