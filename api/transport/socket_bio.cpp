#include "api/transport/socket_bio.hpp"

#include <cerrno>
#include <new>

#include <sys/socket.h>

namespace upline::api::transport {

namespace {

using Socket = boost::asio::ip::tcp::socket;

/// Says whether it would have to wait, as BIO_read and BIO_write do.
template <class Transfer>
int transfer_some(BIO* bio, int flag, Transfer transfer) {
  auto& socket = *static_cast<Socket*>(::BIO_get_data(bio));
  ::BIO_clear_retry_flags(bio);
  if (!socket.is_open()) return -1;
  ssize_t count = -1;
  do {
    count = transfer(socket.native_handle());
  } while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ::BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(count);
}

int read_some(BIO* bio, char* bytes, int size) {
  return transfer_some(bio, BIO_FLAGS_READ,
                       [&](int file) { return ::recv(file, bytes, static_cast<std::size_t>(size), 0); });
}

int write_some(BIO* bio, const char* bytes, int size) {
  return transfer_some(bio, BIO_FLAGS_WRITE,
                       [&](int file) { return ::send(file, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL); });
}

/// There is nothing to flush, and nothing else is asked for.
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* method() {
  static const BIO_METHOD* const made = [] {
    auto* fresh = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (fresh == nullptr) throw std::bad_alloc();
    ::BIO_meth_set_read(fresh, read_some);
    ::BIO_meth_set_write(fresh, write_some);
    ::BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return made;
}

}  // namespace

BIO* make_socket_bio(Socket& socket) {
  auto* bio = ::BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  ::BIO_set_data(bio, &socket);
  ::BIO_set_init(bio, 1);
  return bio;
}

}  // namespace upline::api::transport
