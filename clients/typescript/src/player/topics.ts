import type { Frame } from "./messages.js";
import { Problem } from "./problem.js";
import type { Subscription } from "./realtime.js";
import { unref } from "../small.js";

/** Nothing will change these: the topic is given up. */
const final = new Set(["not_found", "unknown_topic", "too_many_topics"]);
const againMs = 1000;

interface Topic {
  /** The last that came, to go on from; null: not begun. */
  seq: string | null;
  readers: Set<{ read: (() => void) | undefined }>;
  ready: Promise<void>;
  begun: () => void;
  failed: (problem: Problem) => void;
}

/** What is listened to and how far each topic has come. */
export class Topics {
  readonly #all = new Map<string, Topic>();
  readonly #send: (frame: Frame) => void;

  /** `send` drops what it cannot send: everything is asked for anew by begin(). */
  constructor(send: (frame: Frame) => void) {
    this.#send = send;
  }

  add(name: string, read: (() => void) | undefined): Subscription {
    let topic = this.#all.get(name);
    if (!topic) {
      this.#all.set(name, (topic = fresh()));
      this.#send({ type: "subscribe", topic: name });
    } else if (topic.seq !== null && read) queueMicrotask(read);
    const reader = { read };
    topic.readers.add(reader);
    const of = topic;
    return {
      ready: topic.ready,
      end: () => {
        if (!of.readers.delete(reader) || of.readers.size > 0 || this.#all.get(name) !== of) return;
        this.#all.delete(name);
        this.#send({ type: "unsubscribe", topic: name });
      },
    };
  }

  /** On a new connection: goes on where each topic stood. */
  begin(): void {
    const known: Record<string, string> = {};
    for (const [name, { seq }] of this.#all) {
      if (seq === null) this.#send({ type: "subscribe", topic: name });
      else known[name] = seq;
    }
    if (Object.keys(known).length > 0) this.#send({ type: "resume", data: { topics: known } });
  }

  /** Another player: their topics have the same names and are others. */
  forget(): void {
    for (const topic of this.#all.values()) topic.seq = null;
  }

  /** True when the message was about listening itself. */
  heard(frame: Frame): boolean {
    const topic = frame.topic === undefined ? undefined : this.#all.get(frame.topic);
    if (frame.type === "subscribed" || frame.type === "resync") {
      if (topic) this.#stands(topic, frame.seq ?? null, frame.type === "resync");
      return true;
    }
    if (frame.type === "error") {
      if (topic && frame.topic !== undefined) this.#refused(frame.topic, topic, frame.data ?? {});
      return true;
    }
    if (topic && frame.seq !== undefined) topic.seq = frame.seq;
    return frame.type === "unsubscribed" || frame.type === "authenticated";
  }

  #stands(topic: Topic, seq: string | null, gap: boolean): void {
    const first = topic.seq === null;
    topic.seq = seq;
    topic.begun();
    if (first || gap) for (const { read } of [...topic.readers]) read?.();
  }

  #refused(name: string, topic: Topic, data: Record<string, unknown>): void {
    const code = String(data.code ?? "error");
    if (final.has(code)) {
      this.#all.delete(name);
      return topic.failed(new Problem(code === "not_found" ? 404 : 400, code, String(data.detail ?? ""), { field: "topic" }));
    }
    topic.seq = null; // a place that cannot be gone on from, or a store that does not answer now
    unref(setTimeout(() => this.#all.get(name) === topic && this.#send({ type: "subscribe", topic: name }), againMs));
  }
}

function fresh(): Topic {
  let begun = (): void => undefined;
  let failed: Topic["failed"] = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    begun = resolve;
    failed = reject;
  });
  ready.catch(() => undefined); // not everybody waits for it
  return { seq: null, readers: new Set(), ready, begun, failed };
}
