import { Account } from "./account.js";
import { createApi, type Api } from "./api.js";
import { Calls, type CallsOptions } from "./calls.js";
import { memoryKeys, type KeyStore } from "./key_store.js";

export interface PlayerOptions extends CallsOptions {
  /** Where the sign-in is kept: memory (default), one tab, or all tabs of the site. */
  store?: KeyStore;
  /** How long before its end an access token is renewed. Default one minute. */
  refreshBeforeMs?: number;
}

export interface PlayerClient {
  readonly account: Account;
  readonly api: Api;
  close(): void;
}

/** The player's side of Gamekeeper: signing in, and every call a player may make. */
export function createPlayerClient(options: PlayerOptions): PlayerClient {
  const calls = new Calls(options);
  const account = new Account(calls, options.store ?? memoryKeys(), options.refreshBeforeMs);
  return { account, api: createApi(calls, account), close: () => account.close() };
}

export { Problem } from "./problem.js";
export { memoryKeys, siteKeys, tabKeys, type KeyStore } from "./key_store.js";
export type { Account, SignedIn } from "./account.js";
export type { Api } from "./api.js";
export type { Answer, CallOptions, Input } from "./calls.js";
export type * from "./api_types.js";
