// The Go peer: what a game studio would write first. net/http and encoding/json check the same POSTs as Gamekeeper
// checks; with -kafka every event becomes a record, and the answer waits for the broker's acknowledgement.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const bodyBytesMax = 8 << 20

type event struct {
	Name       string          `json:"name"`
	PlayerID   string          `json:"player_id"`
	SessionID  string          `json:"session_id,omitempty"`
	Seq        int64           `json:"seq,omitempty"`
	Time       *time.Time      `json:"time,omitempty"`
	Properties json.RawMessage `json:"properties,omitempty"`
	ReceivedAt time.Time       `json:"received_at"`
}

type rejection struct {
	Index int    `json:"index"`
	Code  string `json:"code"`
}

type receipt struct {
	Accepted int         `json:"accepted"`
	Rejected []rejection `json:"rejected"`
}

// problem names the first field that is wrong, or is empty.
func (e *event) problem() string {
	if len(e.Name) == 0 || len(e.Name) > 128 {
		return "name"
	}
	if len(e.PlayerID) == 0 || len(e.PlayerID) > 512 {
		return "player_id"
	}
	if e.Seq < 0 || (e.Seq > 0 && e.SessionID == "") {
		return "seq"
	}
	if len(e.Properties) > 32<<10 {
		return "properties"
	}
	return ""
}

type service struct {
	kafka *kgo.Client // nil: the events are only checked
}

// publish answers when the broker has acknowledged every record.
func (s *service) publish(ctx context.Context, events []event) error {
	var wait sync.WaitGroup
	var once sync.Once
	var failed error
	for i := range events {
		value, err := json.Marshal(&events[i])
		if err != nil {
			return err
		}
		wait.Add(1)
		s.kafka.Produce(ctx, &kgo.Record{Key: []byte(events[i].PlayerID), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { failed = err })
			}
			wait.Done()
		})
	}
	wait.Wait()
	return failed
}

func (s *service) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	var batch struct {
		Events []event `json:"events"`
	}
	if err := json.Unmarshal(body, &batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now().UTC()
	good, out := batch.Events[:0], receipt{Rejected: []rejection{}}
	for i := range batch.Events {
		if code := batch.Events[i].problem(); code != "" {
			out.Rejected = append(out.Rejected, rejection{i, code})
			continue
		}
		batch.Events[i].ReceivedAt = now
		good = append(good, batch.Events[i])
	}
	if s.kafka != nil {
		if err := s.publish(r.Context(), good); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	out.Accepted = len(good)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

func main() {
	address := flag.String("listen", "127.0.0.1:18100", "host:port")
	brokers := flag.String("kafka", "", "brokers; empty: only check")
	topic := flag.String("topic", "events", "topic")
	flag.Parse()
	s := &service{}
	if *brokers != "" {
		client, err := kgo.NewClient(
			kgo.SeedBrokers(strings.Split(*brokers, ",")...),
			kgo.DefaultProduceTopic(*topic),
			kgo.AllowAutoTopicCreation(),
			kgo.RequiredAcks(kgo.AllISRAcks()),
			kgo.ProducerBatchCompression(kgo.Lz4Compression()),
			kgo.ProducerLinger(0), // its default since 1.20 waits 10 ms
			kgo.MaxBufferedRecords(200_000))
		if err != nil {
			log.Fatal(err)
		}
		defer client.Close()
		s.kafka = client
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"status":"ok"}`)
	})
	mux.HandleFunc("/api/v1/events", s.post)
	log.Fatal((&http.Server{Addr: *address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}
