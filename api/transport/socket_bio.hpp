// How OpenSSL reads and writes a socket of Asio's. Its own way would end the process by SIGPIPE when a client leaves,
// and would not notice that the socket was closed and its number given to another.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <openssl/bio.h>

namespace upline::api::transport {

/// The socket is non-blocking and outlives the BIO. Throws std::bad_alloc.
BIO* make_socket_bio(boost::asio::ip::tcp::socket& socket);

}  // namespace upline::api::transport
