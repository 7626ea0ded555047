// Written by `make golden` from the /openapi.json of the server. Not by hand: a test compares the two.

export interface Player {
  player_id: string;
  username: string | null;
  email: string | null;
  profile: {
    created_at: string;
    games_played: number;
    current_rating: number;
  };
  stats: {
    wins: number;
    losses: number;
    draws: number;
    sessions_played: number;
    seconds_played: number;
    win_rate: number;
  };
  attributes: Record<string, unknown>;
  rating_history: Array<{
    timestamp: string;
    rating: number;
    change: number;
  }>;
  ban: {
    reason: string;
    at: string;
    until: string | null;
  } | null;
}

export interface PlayerTokens {
  player_id: string;
  username: string | null;
  rating: number;
  /** An EdDSA JWT (see /.well-known/jwks.json) */
  access_token: string;
  refresh_token: string;
  token_type: "Bearer";
  /** seconds */
  expires_in: number;
}

export interface Session {
  session_id: string;
  status: "waiting" | "active" | "paused" | "completed" | "abandoned" | "cancelled";
  players: Array<{
    player_id: string;
    /** when the session was made */
    rating: number;
  }>;
  state: Record<string, unknown>;
  version: number;
  created_at: string;
  updated_at: string;
  mode: string | null;
  attributes: Record<string, unknown>;
  /** The first ten entries and the newest. */
  history: Array<{
    timestamp: string;
    event: string;
    details: Record<string, unknown>;
  }>;
}

export interface SessionState {
  session_id: string;
  status: "waiting" | "active" | "paused" | "completed" | "abandoned" | "cancelled";
  players: Array<{
    player_id: string;
    /** when the session was made */
    rating: number;
  }>;
  state: Record<string, unknown>;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface Operations {
  /** Signs a device in, with a new account the first time. */
  signDeviceIn: {
    parameters: {};
    body: {
      device_id: string;
    };
    answer: PlayerTokens;
  };
  /** Gives a device's account a name and a password. */
  linkAccount: {
    parameters: {};
    body: {
      username: string;
      password: string;
    };
    answer: Player;
  };
  /** Signs a player in by name and password. */
  signPlayerIn: {
    parameters: {};
    body: {
      username: string;
      password: string;
    };
    answer: PlayerTokens;
  };
  /** Ends the tokens of this sign-in. */
  signPlayerOut: {
    parameters: {};
    body: {};
    answer: void;
  };
  /** Changes the password; other sign-ins end. */
  changePassword: {
    parameters: {};
    body: {
      old: string;
      new: string;
    };
    answer: void;
  };
  /** The player's own document. */
  getProfile: {
    parameters: {};
    body: {};
    answer: Player;
  };
  /** New tokens for a refresh token, once. */
  refreshTokens: {
    parameters: {};
    body: {
      refresh_token: string;
    };
    answer: PlayerTokens;
  };
  /** A new account by name and password. */
  signUp: {
    parameters: {};
    body: {
      username: string;
      password: string;
      email?: string;
    };
    answer: PlayerTokens;
  };
  /** A player. */
  getPlayer: {
    parameters: { id: string };
    body: {};
    answer: Player;
  };
  /** Changes a player's attributes or e-mail. */
  changePlayer: {
    parameters: { id: string };
    body: {
      /** Merged key by key; null removes. At most 8 KiB as a whole. */
      attributes?: Record<string, unknown>;
      email?: string | null;
    };
    answer: Player;
  };
  /** A session. */
  getSession: {
    parameters: { id: string };
    body: {};
    answer: Session;
  };
  /** A sign of life of one of its players. */
  heartbeat: {
    parameters: { id: string };
    body: {};
    answer: SessionState;
  };
  /** A player comes back. */
  rejoinSession: {
    parameters: { id: string };
    body: {};
    answer: Session;
  };
  /** A session without its history. */
  getSessionState: {
    parameters: { id: string };
    body: {};
    answer: SessionState;
  };
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Whether it is called with a player's token. */
  readonly needsPlayer: boolean;
  /** Whether it takes an Idempotency-Key, so that sending it again is harmless. */
  readonly takesKey: boolean;
  readonly takesBody: boolean;
  /** Names of what goes into the address after the question mark. */
  readonly query: readonly string[];
}

export const operations: Readonly<Record<keyof Operations, Operation>> = {
  signDeviceIn: { method: "POST", path: "/api/v1/auth/device", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  linkAccount: { method: "POST", path: "/api/v1/auth/link", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  signPlayerIn: { method: "POST", path: "/api/v1/auth/login", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  signPlayerOut: { method: "POST", path: "/api/v1/auth/logout", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  changePassword: { method: "POST", path: "/api/v1/auth/password", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  getProfile: { method: "GET", path: "/api/v1/auth/profile", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  refreshTokens: { method: "POST", path: "/api/v1/auth/refresh", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  signUp: { method: "POST", path: "/api/v1/auth/register", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  getPlayer: { method: "GET", path: "/api/v1/players/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  changePlayer: { method: "PUT", path: "/api/v1/players/{id}", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  getSession: { method: "GET", path: "/api/v1/sessions/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  heartbeat: { method: "POST", path: "/api/v1/sessions/{id}/heartbeat", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  rejoinSession: { method: "POST", path: "/api/v1/sessions/{id}/rejoin", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  getSessionState: { method: "GET", path: "/api/v1/sessions/{id}/state", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
};
