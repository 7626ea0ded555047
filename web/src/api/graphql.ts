import { createClient, type Client } from 'graphql-ws';
import { call, Problem, problemOfFault, query, type GraphQLFault } from './http';
import { session } from './session';

export type Variables = Record<string, unknown>;

interface Answer<T> {
  data?: T | null;
  errors?: GraphQLFault[];
}

export async function ask<T>(app: string, document: string, variables: Variables, signal?: AbortSignal): Promise<T> {
  const answer = await call<Answer<T>>('/graphql', { method: 'POST', body: { query: document, variables }, app, signal });
  const fault = answer.errors?.[0];
  if (fault) throw problemOfFault(fault, 200);
  if (!answer.data) throw new Problem(200, 'empty', 'The server answered without data.');
  return answer.data;
}

/** The address of GraphiQL for an app with a query filled in. */
export function explorerAddress(app: string, document: string, variables: Variables): string {
  return `/graphql${query({ app, query: document, variables: JSON.stringify(variables, null, 2) })}`;
}

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface Stream {
  subscribe<T>(document: string, variables: Variables, onData: (data: T) => void): () => void;
  close(): void;
}

const refusedWaitMs = 5_000;
// A cut cable closes nothing: who does not answer a ping in time is gone.
const pingEveryMs = 5_000, pongWithinMs = 4_000, ackWithinMs = 10_000;

/** One socket for an app. It reconnects by itself, subscribes again, and tells its state. */
export function openStream(app: string, onState: (state: StreamState) => void): Stream {
  let opened = false;
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const client: Client = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => ({ authorization: `Bearer ${session()?.token ?? ''}`, app }),
    lazy: true,
    keepAlive: pingEveryMs,
    connectionAckWaitTimeout: ackWithinMs,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    shouldRetry: () => session() !== null,
    retryWait: (retries) => new Promise((wake) => setTimeout(wake, Math.min(500 * 2 ** retries, 8_000))),
    on: {
      connecting: () => onState(opened ? 'reconnecting' : 'connecting'),
      connected: () => {
        opened = true;
        onState('live');
      },
      ping: (received) => {
        if (received) return;
        clearTimeout(unanswered);
        unanswered = setTimeout(() => client.terminate(), pongWithinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => {
        clearTimeout(unanswered);
        onState('reconnecting');
      },
    },
  });
  return {
    subscribe<T>(document: string, variables: Variables, onData: (data: T) => void) {
      let stop: () => void = () => undefined;
      let again: ReturnType<typeof setTimeout> | undefined;
      const start = () => {
        stop = client.subscribe<T>(
          { query: document, variables },
          {
            next: (result) => result.data && onData(result.data),
            // What the client does not retry by itself, a refusal by the server, is tried again by us.
            error: () => { again = setTimeout(start, refusedWaitMs); },
            complete: () => undefined,
          },
        );
      };
      start();
      return () => {
        clearTimeout(again);
        stop();
      };
    },
    close: () => void client.dispose(),
  };
}
