#include "play/realtime/realtime_routes.h"

namespace gamekeeper::play {
namespace {

/// Addresses are written to logs: a token in one has been given away.
Task<void> serve(Realtime& realtime, net::WebSocket& socket, const net::SocketRequest& request) {
  for (const char* name : {"token", "access_token", "authorization", "api_key", "key"}) {
    if (request.has_query_param(name))
      co_return socket.close(1008, "no token in the address: it goes into the first message");
  }
  co_await realtime.serve(socket);
}

}  // namespace

void add_realtime_routes(net::Router& router, Realtime& realtime) {
  router.add_socket("/ws", {.anonymous = true, .needs_app = false}, "What happens to a player, as it happens.",
                    [&realtime](net::WebSocket& socket, const net::SocketRequest& request) {
                      return serve(realtime, socket, request);
                    });
}

}  // namespace gamekeeper::play
