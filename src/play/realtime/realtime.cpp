#include "play/realtime/realtime.h"

#include "play/realtime/conversation.h"

namespace gamekeeper::play {

RealtimeMetrics::RealtimeMetrics(Metrics& m)
    : deliveries(m.counter("gamekeeper_realtime_deliveries_total", "Messages handed to players' sockets.")),
      resumes(m.counter("gamekeeper_realtime_resumes_total", "Topics that a client went on with and missed nothing.")),
      resyncs(m.counter("gamekeeper_realtime_resyncs_total", "Topics where a client had to read anew.")),
      slow_readers(m.counter("gamekeeper_realtime_slow_readers_total", "Sockets closed because they did not read.")),
      refused(m.counter("gamekeeper_realtime_refused_total", "Sockets closed for want of a good token or a seat.")),
      sockets(m.gauge("gamekeeper_realtime_sockets", "Players' sockets that are signed in.")),
      subscriptions(m.gauge("gamekeeper_realtime_subscriptions", "Topics that sockets listen to, each counted.")),
      topics(m.gauge("gamekeeper_realtime_topics", "Topics that anybody here listens to.")) {}

Realtime::Realtime(ports::Broadcast& broadcast, const Clock& clock, RealtimeSources sources, RealtimeOptions options,
                   Metrics& metrics)
    : broadcast_(broadcast),
      sources_(std::move(sources)),
      options_(options),
      metrics_(metrics),
      hub_(broadcast, clock, sources_.revision, options.limits, options.lanes) {
  metrics.before_expose([this] {
    metrics_.sockets.Set(static_cast<double>(hub_.sockets()));
    metrics_.subscriptions.Set(static_cast<double>(hub_.listeners()));
    metrics_.topics.Set(static_cast<double>(hub_.topics()));
  });
}

Task<void> Realtime::serve(net::WebSocket& socket) {
  Conversation conversation(*this, socket, hub_.lane(co_await asio::this_coro::executor));
  co_await conversation.run();
}

}  // namespace gamekeeper::play
