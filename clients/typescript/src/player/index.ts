import { Account } from "./account.js";
import { createApi, type Api } from "./api.js";
import { Calls, type CallsOptions } from "./calls.js";
import { memoryKeys, type KeyStore } from "./key_store.js";
import { Realtime, type RealtimeOptions } from "./realtime.js";

export interface PlayerOptions extends CallsOptions {
  /** Where the sign-in is kept: memory (default), one tab, or all tabs of the site. */
  store?: KeyStore;
  /** How long before its end an access token is renewed. Default one minute. */
  refreshBeforeMs?: number;
  realtime?: RealtimeOptions;
}

export interface PlayerClient {
  readonly account: Account;
  readonly api: Api;
  readonly realtime: Realtime;
  /** Closes the socket. The sign-in stays in the store. */
  close(): void;
}

/** The player's side of Gamekeeper: signing in, every call a player may make, and what happens as it happens. */
export function createPlayerClient(options: PlayerOptions): PlayerClient {
  const calls = new Calls(options);
  const account = new Account(calls, options.store ?? memoryKeys(), options.refreshBeforeMs);
  const realtime = new Realtime(account, calls.base, options.realtime);
  const close = (): void => {
    realtime.close();
    account.close();
  };
  return { account, api: createApi(calls, account), realtime, close };
}

export { Problem } from "./problem.js";
export { memoryKeys, siteKeys, tabKeys, type KeyStore } from "./key_store.js";
export type { Account, SignedIn } from "./account.js";
export type { Api } from "./api.js";
export type { Answer, CallOptions, Input } from "./calls.js";
export type { Realtime, RealtimeOptions, RealtimeStatus, Subscription } from "./realtime.js";
export type { BoardUpdate, MatchFound, NotificationNews, Origin, Pushes, QueueUpdate, RatingChanged, SessionNews } from "./messages.js";
export type * from "./api_types.js";
