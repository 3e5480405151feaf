#include "api/webhooks/http_client.hpp"

#include "api/webhooks/target_address.hpp"

#include <map>
#include <stdexcept>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

namespace upline::api {

namespace {

constexpr const char* private_address_refused =
    "the address is of this machine or of a private network; start the server with --webhooks-to-private-addresses to "
    "allow that";

/// libcurl's own start is not safe beside other threads; that of a static value is.
void start_curl() {
  static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl cannot start");
}

void must_be_ok(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error(fmt::format("libcurl: {}", curl_easy_strerror(code)));
}

void must_be_ok(CURLMcode code) {
  if (code != CURLM_OK) throw std::runtime_error(fmt::format("libcurl: {}", curl_multi_strerror(code)));
}

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CloseMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void append(HeaderList& list, const std::string& line) {
  auto* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  std::ignore = list.release();
  list.reset(longer);
}

HeaderList lines_of(const std::vector<Header>& headers) {
  HeaderList list;
  append(list, "Expect:");  // else a long body waits for a word that many receivers never give
  for (const auto& header : headers) append(list, header.name + ": " + header.value);
  return list;
}

}  // namespace

/// One request, from its start to its end. Stays where it is: libcurl knows its address.
class HttpClient::Transfer {
 public:
  Transfer(const HttpClientOptions& options, Post post, Done done)
      : answer_bytes_left_(options.answer_bytes_max),
        post_(std::move(post)),
        done_(std::move(done)),
        lines_(lines_of(post_.headers)),
        easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    describe_request();
    bound(options);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_.get(); }

  void end(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && was_refused_) return done_({0, private_address_refused});
    const bool is_answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && was_too_long_);
    if (is_answered) return done_({static_cast<unsigned>(status), {}});
    done_({0, curl_easy_strerror(code)});
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    must_be_ok(curl_easy_setopt(easy_.get(), option, value));
  }

  void describe_request() {
    set(CURLOPT_URL, post_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // whatever the environment says
    set(CURLOPT_USERAGENT, "upline");
    set(CURLOPT_HTTPHEADER, lines_.get());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, post_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post_.body.size()));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
  }

  void bound(const HttpClientOptions& options) {
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name that is still being looked up when time is over holds nobody up
    set(CURLOPT_WRITEFUNCTION, &Transfer::drop);
    set(CURLOPT_WRITEDATA, this);
    if (options.allows_private_addresses) return;
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
  }

  /// Sees each address that is tried, after the name was looked up: a name that leads elsewhere the next time does not
  /// get past it. A connection that is kept went through it when it was made.
  static curl_socket_t open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
    if (is_public(address->addr)) return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    static_cast<Transfer*>(transfer)->was_refused_ = true;
    return CURL_SOCKET_BAD;
  }

  /// Answers less than it was given to end the transfer.
  static std::size_t drop(char*, std::size_t size, std::size_t count, void* transfer) {
    auto& self = *static_cast<Transfer*>(transfer);
    const auto bytes = size * count;
    self.was_too_long_ = bytes > self.answer_bytes_left_;
    if (self.was_too_long_) return 0;
    self.answer_bytes_left_ -= bytes;
    return bytes;
  }

  std::size_t answer_bytes_left_;
  bool was_too_long_{};
  bool was_refused_{};
  Post post_;
  Done done_;
  HeaderList lines_;
  std::unique_ptr<CURL, CloseEasy> easy_;
};

class HttpClient::Multi {
 public:
  explicit Multi(const HttpClientOptions& options) : options_(options) {
    start_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::bad_alloc();
    must_be_ok(curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.connections_kept_max)));
  }
  ~Multi() {
    for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_.get(), easy);
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  void add(Post post, Done done) {
    auto transfer = std::make_unique<Transfer>(options_, std::move(post), std::move(done));
    auto* easy = transfer->easy();
    transfers_.emplace(easy, std::move(transfer));
    must_be_ok(curl_multi_add_handle(multi_.get(), easy));
  }

  void run(std::chrono::milliseconds wait) {
    perform();
    if (tell_what_ended()) return;
    must_be_ok(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr));
    perform();
    tell_what_ended();
  }

  void wake() { curl_multi_wakeup(multi_.get()); }
  std::size_t in_flight() const { return transfers_.size(); }

 private:
  void perform() {
    int running = 0;
    must_be_ok(curl_multi_perform(multi_.get(), &running));
  }

  bool tell_what_ended() {
    bool any = false;
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto code = message->data.result;  // gone with the handle
      const auto ended = transfers_.extract(message->easy_handle);
      curl_multi_remove_handle(multi_.get(), ended.key());
      ended.mapped()->end(code);
      any = true;
    }
    return any;
  }

  HttpClientOptions options_;
  std::unique_ptr<CURLM, CloseMulti> multi_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
};

HttpClient::HttpClient(const HttpClientOptions& options) : multi_(std::make_unique<Multi>(options)) {}
HttpClient::~HttpClient() = default;

void HttpClient::post(Post post, Done done) { multi_->add(std::move(post), std::move(done)); }
void HttpClient::run(std::chrono::milliseconds wait) { multi_->run(wait); }
void HttpClient::wake() { multi_->wake(); }
std::size_t HttpClient::in_flight() const { return multi_->in_flight(); }

}  // namespace upline::api
