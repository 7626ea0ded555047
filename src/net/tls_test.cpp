#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <filesystem>

#include "net/server_for_test.h"

namespace gamekeeper::net::test {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

/// A certificate for "localhost" that signs itself, in two PEM files.
void write_certificate(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    const auto folder = std::filesystem::temp_directory_path() / ("gk_tls_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    options_.tls_certificate_file = folder / "certificate.pem";
    options_.tls_key_file = folder / "key.pem";
    write_certificate(options_.tls_certificate_file, options_.tls_key_file);
    context_.set_verify_mode(asio::ssl::verify_peer);
    context_.load_verify_file(options_.tls_certificate_file);
  }
  template <class Layer>
  void connect(Layer& tls) {
    tls.next_layer().connect({asio::ip::address_v4::loopback(), port()});
    tls.handshake(asio::ssl::stream_base::client);
  }
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
};

TEST_F(TlsTest, ServesRequestsOfAnySize) {
  start();
  asio::ssl::stream<asio::ip::tcp::socket> tls(io_, context_);
  connect(tls);
  beast::flat_buffer buffer;
  for (const size_t size : {0u, 10u, 17'000u, 100'000u, 1'000'000u}) {
    http::request<http::string_body> request{http::verb::post, "/echo", 11};
    request.set(http::field::host, "localhost");
    request.body() = std::string(size, 't');
    request.prepare_payload();
    http::write(tls, request);
    http::response_parser<http::string_body> answer;
    answer.body_limit(1 << 24);
    http::read(tls, buffer, answer);
    EXPECT_EQ(answer.get().body().size(), size);
    EXPECT_EQ(answer.get()["Strict-Transport-Security"], "max-age=31536000");
  }
  http::request<http::empty_body> request{http::verb::get, "/long", 11};
  request.set(http::field::host, "localhost");
  http::write(tls, request);
  http::response_parser<http::string_body> answer;
  answer.body_limit(1 << 26);
  http::read(tls, buffer, answer);
  EXPECT_EQ(answer.get().body().size(), 20'000'000u);
}

TEST_F(TlsTest, SpeaksWebSocket) {
  start();
  beast::websocket::stream<asio::ssl::stream<asio::ip::tcp::socket>> socket(io_, context_);
  connect(socket.next_layer());
  socket.handshake("localhost", "/ws");
  for (const size_t size : {5u, 60'000u}) {
    socket.write(asio::buffer(std::string(size, 's')));
    beast::flat_buffer in;
    socket.read(in);
    EXPECT_EQ(in.size(), size);
  }
  socket.close(beast::websocket::close_reason(beast::websocket::close_code::normal));
}

TEST_F(TlsTest, OutlivesClientsInClearAndRubbish) {
  start();
  RawClient clear(port());
  clear.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(clear.is_closed_by_peer());
  RawClient half(port());
  half.send("\x16\x03\x01");
  half.close();
  asio::ssl::stream<asio::ip::tcp::socket> tls(io_, context_);
  connect(tls);
}

TEST_F(TlsTest, NamesAnUnusableCertificate) {
  options_.tls_key_file = "/nonexistent";
  Server server(options_, router_, guard_);
  auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "bad_certificate");
}

}  // namespace
}  // namespace gamekeeper::net::test
