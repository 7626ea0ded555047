import { uuid } from "../small.js";
import type { Player, PlayerTokens } from "./api_types.js";
import type { Calls } from "./calls.js";
import type { KeyStore } from "./key_store.js";
import { Problem, signedOut } from "./problem.js";

/** Who is signed in. */
export interface SignedIn {
  player_id: string;
  /** null for a guest. */
  username: string | null;
}

interface Kept extends SignedIn {
  access_token: string;
  refresh_token: string;
  /** By this device's clock. */
  refresh_at: number;
  expires_at: number;
  /** Signed in by this device: it can sign in again by itself. */
  device_id?: string;
}

/**
 * Signing in, on and off. The tokens lie in the store and are renewed when they are asked for shortly before their end,
 * by one request for all who ask, in all tabs that share the store.
 */
export class Account {
  readonly #calls: Calls;
  readonly #store: KeyStore;
  readonly #refreshBeforeMs: number;
  readonly #listeners = new Set<(who: SignedIn | null) => void>();
  readonly #unwatch: () => void;
  #renewing: Promise<Kept> | null = null;

  constructor(calls: Calls, store: KeyStore, refreshBeforeMs = 60_000) {
    this.#calls = calls;
    this.#store = store;
    this.#refreshBeforeMs = refreshBeforeMs;
    this.#unwatch = store.watch(() => this.#tell());
  }

  get current(): SignedIn | null {
    const kept = this.#read();
    return kept && shown(kept);
  }

  /** When the access token should be renewed, in ms since 1970; null when nobody is signed in. */
  get refreshAt(): number | null {
    return this.#read()?.refresh_at ?? null;
  }

  /** Called after every sign-in, renewal and sign-out, here or in another tab. */
  onChange(listener: (who: SignedIn | null) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A player without a name, always the same one from this store. */
  async guest(): Promise<SignedIn> {
    return this.device(await this.#store.exclusively(async () => {
      const id = this.#store.get("device") ?? uuid();
      this.#store.set("device", id);
      return id;
    }));
  }

  /** The player of this device; made at the first time. */
  async device(device_id: string): Promise<SignedIn> {
    return shown(this.#keep(await this.#calls.call("signDeviceIn", { device_id }), device_id));
  }

  async register(username: string, password: string, email?: string): Promise<SignedIn> {
    return shown(this.#keep(await this.#calls.call("signUp", { username, password, ...(email === undefined ? {} : { email }) })));
  }

  async login(username: string, password: string): Promise<SignedIn> {
    return shown(this.#keep(await this.#calls.call("signPlayerIn", { username, password })));
  }

  /** Gives a guest's account a name and a password. */
  async link(username: string, password: string): Promise<Player> {
    const player = await this.#calls.call("linkAccount", { username, password }, await this.token());
    const kept = this.#read();
    if (kept?.player_id === player.player_id) this.#write({ ...kept, username: player.username });
    return player;
  }

  /** Ends this sign-in here and on the server. Without an answer it is ended here alone. */
  async logout(): Promise<void> {
    const kept = this.#read();
    this.#write(null);
    if (kept) await this.#calls.call("signPlayerOut", {}, kept.access_token).catch(() => undefined);
  }

  /** An access token in force. Throws Problem `signed_out`. */
  async token(): Promise<string> {
    const kept = this.#read();
    if (!kept) throw signedOut();
    if (Date.now() < kept.refresh_at) return kept.access_token;
    try {
      return (await this.#renewed(kept.access_token)).access_token;
    } catch (error) {
      if (error instanceof Problem && error.isPassing && Date.now() < kept.expires_at) return kept.access_token; // still good
      throw error;
    }
  }

  /** Another token than `refused`, which the server did not take. Throws Problem `signed_out`. */
  async renew(refused: string): Promise<string> {
    const kept = this.#read();
    if (kept && kept.access_token !== refused) return kept.access_token; // somebody was faster
    return (await this.#renewed(refused)).access_token;
  }

  /** Stops listening to other tabs. The sign-in stays in the store. */
  close(): void {
    this.#unwatch();
    this.#listeners.clear();
  }

  #renewed(stale: string): Promise<Kept> {
    this.#renewing ??= this.#store.exclusively(() => this.#renew(stale)).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew(stale: string): Promise<Kept> {
    const kept = this.#read();
    if (!kept) throw signedOut();
    if (kept.access_token !== stale) return kept; // another tab has renewed it while this one waited for its turn
    try {
      const tokens = await this.#calls.call("refreshTokens", { refresh_token: kept.refresh_token });
      const now = this.#read();
      if (!now) throw signedOut(); // meanwhile, by this player
      return now.refresh_token === kept.refresh_token ? this.#keep(tokens, kept.device_id) : now;
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing || error.status >= 500) throw error;
      // The refresh token has ended, or its answer was once lost on the way.
      if (kept.device_id && error.status === 401) return this.#keep(await this.#calls.call("signDeviceIn", { device_id: kept.device_id }), kept.device_id);
      this.#write(null);
      throw signedOut(error);
    }
  }

  #keep(tokens: PlayerTokens, device_id?: string): Kept {
    const life = tokens.expires_in * 1000;
    const now = Date.now();
    const kept: Kept = {
      player_id: tokens.player_id, username: tokens.username, access_token: tokens.access_token, refresh_token: tokens.refresh_token,
      refresh_at: now + Math.max(life - this.#refreshBeforeMs, 1000), expires_at: now + life, ...(device_id ? { device_id } : {}),
    };
    this.#write(kept);
    return kept;
  }

  #read(): Kept | null {
    try {
      return JSON.parse(this.#store.get("tokens") ?? "null") as Kept | null;
    } catch {
      return null;
    }
  }

  #write(kept: Kept | null): void {
    this.#store.set("tokens", kept && JSON.stringify(kept));
    this.#tell();
  }

  #tell(): void {
    const who = this.current;
    for (const listener of [...this.#listeners]) listener(who);
  }
}

/** Without the tokens. */
const shown = ({ player_id, username }: Kept): SignedIn => ({ player_id, username });
