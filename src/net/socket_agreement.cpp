#include <openssl/evp.h>

#include "base/base64.h"
#include "base/trace.h"
#include "net/answer.h"
#include "net/socket.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return to_base64({reinterpret_cast<const char*>(digest), size});
}

bool is_key(std::string_view key) {
  const auto raw = from_base64(key);
  return raw && raw->size() == 16;
}

/// The first protocol that the client offers and we speak.
std::string choose_protocol(const ServerOptions& options, const Request& request) {
  std::string chosen;
  for (const HeaderView& h : request.headers) {
    if (!same_text(h.name, "Sec-WebSocket-Protocol")) continue;
    each_element(h.value, [&](std::string_view offered) {
      for (const std::string& known : options.socket_protocols) {
        if (chosen.empty() && offered == known) chosen = known;
      }
    });
  }
  return chosen;
}

}  // namespace

std::expected<SocketAgreement, Response> agree_on_socket(const ServerOptions& options, const Head& head,
                                                         const Request& request) {
  auto refuse = [&](int status, Error error) { return std::unexpected(problem(status, error, request.request_id)); };
  if (!head.origin.empty() && !origin_allowed(options, head.origin, head.host)) {
    return refuse(403,
                  {ErrorKind::kDenied, "origin_not_allowed", "Pages of this origin may not open a WebSocket here."});
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    auto refused =
        refuse(426, {ErrorKind::kInvalid, "upgrade_required", "Only version 13 of WebSocket is spoken here."});
    refused.error().headers.emplace_back("Sec-WebSocket-Version", "13");
    refused.error().headers.emplace_back("Upgrade", "websocket");
    return refused;
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (!is_key(key) || head.has_body()) {
    return refuse(400, {ErrorKind::kInvalid, "bad_request", "The upgrade needs a Sec-WebSocket-Key and no body."});
  }
  SocketAgreement agreement{.subprotocol = choose_protocol(options, request)};
  std::string& out = agreement.head;
  out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  out += accept_key(key);
  if (!agreement.subprotocol.empty()) out += "\r\nSec-WebSocket-Protocol: " + agreement.subprotocol;
  out += "\r\nX-Request-ID: " + std::string(request.request_id);
  out += "\r\ntraceparent: " + std::string(request.traceparent) + "\r\n\r\n";
  return agreement;
}

}  // namespace gamekeeper::net
