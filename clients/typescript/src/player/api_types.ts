// Written by `make golden` from the /openapi.json of the server. Not by hand: a test compares the two.

export interface FoundMatch {
  match_id: string;
  session_id: string;
  teams: Array<{
    players: Array<string>;
  }>;
  /** 1: the teams may expect as much */
  quality: number;
  /** How likely the first team wins. */
  predicted_win: number;
}

export type Friend = NamedTie & {
  presence: {
    status: "offline" | "online" | "in_session";
    /** while in a session */
    session_id: string | null;
    /** while offline; null: never */
    last_seen: string | null;
  };
};

export interface FriendTie {
  /** the other */
  player_id: string;
  /** what the other is to the player */
  relation: "none" | "friend" | "sent" | "received" | "blocked";
  since: string | null;
}

export interface Leaderboard {
  id: string;
  /** the queue whose ranking this is; results alone write it */
  queue: string | null;
  order: "high_first" | "low_first";
  /** What a new score does to the one that is there. */
  operator: "best" | "last" | "sum";
  /** Ranks of 9 7 7 5: 1 2 2 4, 1 2 2 3, 1 2 3 4. */
  ranking: "competition" | "dense" | "ordinal";
  season: {
    every?: "day" | "week" | "month" | number;
    timezone?: string;
  } | null;
  /** Scores outside are refused. */
  limits: {
    min?: number;
    max?: number;
  };
  client_writes: boolean;
  /** null for the ranking of a queue */
  created_at: string | null;
  /** 0 for the ranking of a queue */
  version: number;
}

export interface LeaderboardSeason {
  season: string;
  starts_at: string;
  ends_at: string;
  status: "under_way" | "ended";
  players?: number;
}

export interface Match {
  match_id: string;
  queue: string;
  status: "applied" | "pending" | "disputed" | "void";
  /** The number of the result in its queue; void ones keep it. */
  applied: number | null;
  ratings: Array<{
    player_id: string;
    before: number;
    after: number;
    change: number;
    deviation: number;
  }>;
  /** The chance of each team to come first, before the result was known. */
  predicted_win: Array<number> | null;
  session_id: string | null;
  time: string;
  received_at: string;
  settled_at: string | null;
  teams: Array<{
    rank: number;
    score: number | null;
    side: string | null;
    players: Array<{
      player_id: string;
      score: number | null;
    }>;
  }>;
  reason: string | null;
  /** What players have said, while they do not agree. */
  reports: Array<{
    players: Array<string>;
    teams: Array<{
      rank: number;
      score: number | null;
      side: string | null;
      players: Array<{
        player_id: string;
        score: number | null;
      }>;
    }>;
  }>;
  /** Not null: no match but a soft reset. */
  reset_keep: number | null;
}

export type NamedTie = FriendTie & {
  username: string | null;
};

export interface Notification {
  id: string;
  type: "match_found" | "match_result" | "rank_passed" | "season_ended" | "message" | "welcome";
  title: string;
  body: string;
  /** What it is about, for programs */
  data: Record<string, unknown>;
  created_at: string;
  read_at: string | null;
}

export interface NotificationChannels {
  inbox: boolean;
  push: boolean;
  email: boolean;
}

export interface NotificationPreferences {
  locale: string | null;
  timezone: string;
  quiet_hours: {
    from: string;
    to: string;
  } | null;
  channels: Record<string, NotificationChannels>;
}

export interface Placed {
  player_id: string;
  rank: number;
  score: number;
  /** the share of the board at or below */
  percentile: number;
  total: number;
}

export interface Player {
  player_id: string;
  username: string | null;
  email: string | null;
  /** whether somebody has confirmed the address by a mail */
  email_verified: boolean;
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

export interface Presence {
  player_id: string;
  status: "offline" | "online" | "in_session";
  /** while in a session */
  session_id: string | null;
  /** while offline; null: never */
  last_seen: string | null;
  /** whether the player appears offline to others; told to the player and to game servers */
  hidden?: boolean;
}

export interface QueueRating {
  queue: string;
  rating: number;
  deviation: number;
  games_played: number;
  wins: number;
  losses: number;
  draws: number;
  last_match_at: string;
}

export interface Ranking {
  items: Array<{
    rank: number;
    player_id: string;
    /** of players who have one */
    username?: string;
    score: number;
    /** since when the player has this score; of equal scores the earlier stands first */
    reached_at: string;
  }>;
  /** of the whole board */
  total: number;
  /** the local date on which it began */
  season: string | null;
  next_cursor: string | null;
}

export interface Rating {
  player_id: string;
  queue: string;
  rating: number;
  deviation: number;
  games_played: number;
  /** Fewer games than the queue's placement_games. */
  provisional: boolean;
  wins: number;
  losses: number;
  draws: number;
  /** Null for who has not played, and while boards are read back after a start. */
  rank: number | null;
  percentile: number | null;
  history: Array<{
    timestamp: string;
    rating: number;
    change: number;
    match_id: string;
    applied: number;
  }>;
  next_cursor: string | null;
}

export interface Session {
  session_id: string;
  status: "waiting" | "active" | "paused" | "completed" | "abandoned" | "cancelled";
  players: Array<{
    player_id: string;
    /** when the session was made */
    rating: number;
    /** from 0; absent in a session without teams */
    team?: number;
  }>;
  state: Record<string, unknown>;
  version: number;
  created_at: string;
  updated_at: string;
  mode: string | null;
  /** of the queue's match that it was made for */
  match_id?: string | null;
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
    /** from 0; absent in a session without teams */
    team?: number;
  }>;
  state: Record<string, unknown>;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface SettledResult {
  match_id: string;
  queue: string;
  status: "applied" | "pending" | "disputed" | "void";
  /** The number of the result in its queue; void ones keep it. */
  applied: number | null;
  ratings: Array<{
    player_id: string;
    before: number;
    after: number;
    change: number;
    deviation: number;
  }>;
  /** The chance of each team to come first, before the result was known. */
  predicted_win: Array<number> | null;
}

export interface Standing {
  rank: number;
  player_id: string;
  /** of players who have one */
  username?: string;
  score: number;
  /** since when the player has this score; of equal scores the earlier stands first */
  reached_at: string;
  /** the share of the board at or below */
  percentile: number;
  total: number;
  /** the local date on which it began */
  season: string | null;
  /** with `around`: the player and the neighbours, the best first */
  items?: Array<{
    rank: number;
    player_id: string;
    /** of players who have one */
    username?: string;
    score: number;
    /** since when the player has this score; of equal scores the earlier stands first */
    reached_at: string;
  }>;
}

export interface StoredKey {
  key: string;
  version: number;
  bytes: number;
  owner_writes: boolean;
  updated_at: string;
}

export type StoredValue = StoredKey & {
  /** Any JSON. */
  value: unknown;
};

export interface Ticket {
  ticket_id: string;
  queue: string;
  status: "searching" | "matched" | "expired" | "left";
  players: Array<string>;
  /** of the party: the mean */
  rating?: number;
  joined_at?: string;
  expires_at?: string;
  waited_seconds: number;
  match?: FoundMatch;
}

export interface TicketView {
  ticket_id: string;
  queue: string;
  status: "searching" | "matched" | "expired" | "left" | "cancelled";
  players: Array<string>;
  /** of the party: the mean */
  rating?: number;
  joined_at?: string;
  expires_at?: string;
  waited_seconds: number;
  match?: FoundMatch;
  /** 1 is who came first; null when it no longer searches */
  position: number | null;
  /** What is left to wait; as likely too long as too short. Before anybody was matched in the queue: its patience. */
  estimated_wait_seconds: number | null;
  /** Half the width of the interval that holds eight waits of ten. */
  estimate_error_seconds: number | null;
  explanation: {
    /** null: the next tick may take it */
    blocking_rule?: "players" | "rating_window" | "party_sizes" | null;
    nearest?: {
      rating_gap?: number;
    } | null;
    /** until enough others come within reach, if nobody comes or goes */
    next_expansion_seconds?: number | null;
  } | null;
}

export interface Operations {
  /** Deletes the player's account and what is theirs alone, for good. */
  deleteAccount: {
    parameters: {};
    body: {
      password?: string;
      device_id?: string;
      provider?: string;
      /** with `provider`; made in the last five minutes */
      id_token?: string;
      nonce?: string;
    };
    answer: void;
  };
  /** Signs a device in, with a new account the first time. */
  signDeviceIn: {
    parameters: {};
    body: {
      device_id: string;
    };
    answer: PlayerTokens;
  };
  /** Sends a mail that confirms the player's e-mail address. */
  verifyEmail: {
    parameters: {};
    body: {};
    answer: {
      status: "accepted";
    };
  };
  /** Confirms an e-mail address by the token of the mail. */
  confirmEmail: {
    parameters: {};
    body: {
      token: string;
    };
    answer: void;
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
  /** Signs a player in by an identity provider's ID token, with a new account the first time. */
  signInByIdentity: {
    parameters: {};
    body: {
      /** as the operator has named it */
      provider: string;
      id_token: string;
      /** when given, the token must answer it */
      nonce?: string;
    };
    answer: PlayerTokens;
  };
  /** Lets an identity sign in to the player's account, too. */
  linkIdentity: {
    parameters: {};
    body: {
      /** as the operator has named it */
      provider: string;
      id_token: string;
      /** when given, the token must answer it */
      nonce?: string;
    };
    answer: Player;
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
  /** Sends a mail to who has forgotten their password; the answer is the same for every name. */
  resetPassword: {
    parameters: {};
    body: {
      username: string;
    };
    answer: {
      status: "accepted";
    };
  };
  /** A new password by the token of the mail; all sign-ins end. */
  confirmPasswordReset: {
    parameters: {};
    body: {
      token: string;
      new_password: string;
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
  /** The rules of the demo game. */
  getRpsRules: {
    parameters: {};
    body: {};
    answer: {
      queue: string;
      leaderboard: string;
      wins_needed: number;
      claim_after_seconds: number;
    };
  };
  /** Takes the win from an opponent who stays away. */
  claimRpsMatch: {
    parameters: { id: string };
    body: {};
    answer: SessionState;
  };
  /** Chooses a hand in a round of the demo game. */
  chooseRpsHand: {
    parameters: { id: string };
    body: {
      round: number;
      hand: "rock" | "paper" | "scissors";
    };
    answer: SessionState;
  };
  /** Gives a match of the demo game up. */
  resignRpsMatch: {
    parameters: { id: string };
    body: {};
    answer: SessionState;
  };
  /** Leaderboards, newest first, then the rankings of the queues. */
  listLeaderboards: {
    parameters: { limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<Leaderboard>;
      next_cursor: string | null;
    };
  };
  /** Who stands where; ?season=, ?players=id,id, ?friends=true. */
  getLeaderboard: {
    parameters: { id: string; limit?: number; cursor?: string; season?: string; players?: string; friends?: "true" };
    body: {};
    answer: Ranking;
  };
  /** A player's place; ?around= adds neighbours. */
  getStanding: {
    parameters: { id: string; player: string; around?: number; season?: string };
    body: {};
    answer: Standing;
  };
  /** Writes a player's score. */
  writeScore: {
    parameters: { id: string; player: string };
    body: {
      score: number;
    };
    answer: Placed;
  };
  /** The seasons of a leaderboard, newest first. */
  listSeasons: {
    parameters: { id: string; limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<LeaderboardSeason>;
      next_cursor: string | null;
    };
  };
  /** Takes a match's result; a repeat gets the same answer. */
  postResult: {
    parameters: {};
    body: {
      /** May be left out beside outcome when the call has an Idempotency-Key. */
      match_id?: string;
      /** An active or paused session is completed with the result. */
      session_id?: string;
      queue?: string;
      /** Absent: the receipt. */
      time?: string;
      teams?: Array<{
        players: Array<string | {
          player_id: string;
          score?: number;
        }>;
        /** 1 is best; equal ranks are a draw. */
        rank: number;
        score?: number;
        /** Whatever else plays for the team and recurs: home, white, a faction. */
        side?: string;
      }>;
      player_id?: string;
      opponent_id?: string;
      /** The player's, as a word or as a score; instead of teams. */
      outcome?: "win" | "draw" | "loss" | 1 | 0.5 | 0;
    };
    answer: SettledResult;
  };
  /** A match. */
  getMatch: {
    parameters: { id: string };
    body: {};
    answer: Match;
  };
  /** The player's inbox, newest first; ?unread=true. */
  listNotifications: {
    parameters: { limit?: number; cursor?: string; unread?: boolean };
    body: {};
    answer: {
      items: Array<Notification>;
      next_cursor: string | null;
      unread: number;
    };
  };
  /** What the player wants to be told, and where. */
  readNotificationPreferences: {
    parameters: {};
    body: {};
    answer: NotificationPreferences;
  };
  /** Changes that. */
  changeNotificationPreferences: {
    parameters: {};
    body: {
      locale?: string | null;
      /** IANA name */
      timezone?: string | null;
      quiet_hours?: {
        /** 22:00 */
        from: string;
        to: string;
      } | null;
      /** By type of notification: {inbox?, push?, email?} */
      channels?: Record<string, unknown> | null;
    };
    answer: NotificationPreferences;
  };
  /** Marks all as read. */
  readAllNotifications: {
    parameters: {};
    body: {};
    answer: {
      read: number;
    };
  };
  /** Marks a notification as read. */
  readNotification: {
    parameters: { id: string };
    body: {};
    answer: Notification;
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
      /** The account's, with `email` alone. A player must say it to change an address that is confirmed; without it a new address gets no password reset. */
      password?: string;
    };
    answer: Player;
  };
  /** Whom a player has blocked, newest first. */
  listBlocks: {
    parameters: { id: string; limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<NamedTie>;
      next_cursor: string | null;
    };
  };
  /** Blocks somebody; a friendship or request ends. */
  block: {
    parameters: { id: string; other: string };
    body: {};
    answer: FriendTie;
  };
  /** Blocks somebody no more. */
  unblock: {
    parameters: { id: string; other: string };
    body: {};
    answer: void;
  };
  /** Requests that wait for an answer; ?direction=sent. */
  listFriendRequests: {
    parameters: { id: string; direction?: "received" | "sent"; limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<NamedTie>;
      next_cursor: string | null;
    };
  };
  /** Asks somebody to be friends. */
  askFriend: {
    parameters: { id: string };
    body: {
      player_id?: string;
      /** Instead of player_id. */
      username?: string;
    };
    answer: FriendTie;
  };
  /** Declines a request, or takes it back. */
  dropFriendRequest: {
    parameters: { id: string; other: string };
    body: {};
    answer: void;
  };
  /** Accepts a request. */
  acceptFriend: {
    parameters: { id: string; other: string };
    body: {};
    answer: FriendTie;
  };
  /** A player's friends with their presence, newest first. */
  listFriends: {
    parameters: { id: string; limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<Friend>;
      next_cursor: string | null;
    };
  };
  /** Ends a friendship. */
  unfriend: {
    parameters: { id: string; other: string };
    body: {};
    answer: void;
  };
  /** Whether a player is there: their own, or a friend's. */
  getPresence: {
    parameters: { id: string };
    body: {};
    answer: Presence;
  };
  /** Whether a player appears offline to others. */
  changePresence: {
    parameters: { id: string };
    body: {
      /** Whether the player appears offline to others. */
      hidden: boolean;
    };
    answer: Presence;
  };
  /** A player's rating in a queue, with its history. */
  getRating: {
    parameters: { id: string; limit?: number; cursor?: string; queue?: string };
    body: {};
    answer: Rating;
  };
  /** A player's ratings in all queues. */
  listRatings: {
    parameters: { id: string; limit?: number; cursor?: string };
    body: {};
    answer: {
      items: Array<QueueRating>;
      next_cursor: string | null;
    };
  };
  /** A player's stored keys, without their values. */
  listStorage: {
    parameters: { id: string; limit?: number; cursor?: string; prefix?: string };
    body: {};
    answer: {
      items: Array<StoredKey>;
      next_cursor: string | null;
    };
  };
  /** A stored value. */
  getStored: {
    parameters: { id: string; key: string };
    body: {};
    answer: StoredValue;
  };
  /** Stores a value. */
  store: {
    parameters: { id: string; key: string };
    body: {
      /** Any JSON; at most 64 KiB. */
      value: unknown;
      /** By a game server only. false: the player reads this key and does not write it. */
      owner_writes?: boolean;
    };
    answer: StoredValue;
  };
  /** Removes a stored value. */
  removeStored: {
    parameters: { id: string; key: string };
    body: {};
    answer: void;
  };
  /** Looks for a match, alone or as a party. */
  joinQueue: {
    parameters: {};
    body: {
      /** Any name is a queue; what nobody has set goes by the defaults. */
      queue?: string;
      /** Who plays with the one who asks, in the same team. */
      party?: Array<string>;
      /** Milliseconds by region; at most 32. */
      latencies?: Record<string, number>;
      /** The game's own; at most 2 KiB. */
      attributes?: Record<string, unknown>;
      /** Whom a game server queues; players leave it out. */
      player_id?: string;
    };
    answer: TicketView;
  };
  /** Stops looking; the whole party leaves. */
  leaveQueue: {
    parameters: { player_id?: string };
    body: {};
    answer: Ticket;
  };
  /** How the search stands, or the match. */
  getQueueStatus: {
    parameters: { player_id?: string };
    body: {};
    answer: TicketView;
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
  deleteAccount: { method: "DELETE", path: "/api/v1/auth/account", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  signDeviceIn: { method: "POST", path: "/api/v1/auth/device", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  verifyEmail: { method: "POST", path: "/api/v1/auth/email/verify", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  confirmEmail: { method: "POST", path: "/api/v1/auth/email/verify/confirm", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  linkAccount: { method: "POST", path: "/api/v1/auth/link", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  signPlayerIn: { method: "POST", path: "/api/v1/auth/login", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  signPlayerOut: { method: "POST", path: "/api/v1/auth/logout", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  signInByIdentity: { method: "POST", path: "/api/v1/auth/oidc", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  linkIdentity: { method: "POST", path: "/api/v1/auth/oidc/link", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  changePassword: { method: "POST", path: "/api/v1/auth/password", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  resetPassword: { method: "POST", path: "/api/v1/auth/password/reset", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  confirmPasswordReset: { method: "POST", path: "/api/v1/auth/password/reset/confirm", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  getProfile: { method: "GET", path: "/api/v1/auth/profile", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  refreshTokens: { method: "POST", path: "/api/v1/auth/refresh", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  signUp: { method: "POST", path: "/api/v1/auth/register", needsPlayer: false, takesKey: false, takesBody: true, query: [] },
  getRpsRules: { method: "GET", path: "/api/v1/demo/rps", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  claimRpsMatch: { method: "POST", path: "/api/v1/demo/rps/{id}/claim", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  chooseRpsHand: { method: "POST", path: "/api/v1/demo/rps/{id}/hand", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  resignRpsMatch: { method: "POST", path: "/api/v1/demo/rps/{id}/resign", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  listLeaderboards: { method: "GET", path: "/api/v1/leaderboards", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor"] },
  getLeaderboard: { method: "GET", path: "/api/v1/leaderboards/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor","season","players","friends"] },
  getStanding: { method: "GET", path: "/api/v1/leaderboards/{id}/players/{player}", needsPlayer: true, takesKey: false, takesBody: false, query: ["around","season"] },
  writeScore: { method: "PUT", path: "/api/v1/leaderboards/{id}/players/{player}", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  listSeasons: { method: "GET", path: "/api/v1/leaderboards/{id}/seasons", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor"] },
  postResult: { method: "POST", path: "/api/v1/matches/result", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  getMatch: { method: "GET", path: "/api/v1/matches/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  listNotifications: { method: "GET", path: "/api/v1/notifications", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor","unread"] },
  readNotificationPreferences: { method: "GET", path: "/api/v1/notifications/preferences", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  changeNotificationPreferences: { method: "PUT", path: "/api/v1/notifications/preferences", needsPlayer: true, takesKey: false, takesBody: true, query: [] },
  readAllNotifications: { method: "POST", path: "/api/v1/notifications/read-all", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  readNotification: { method: "POST", path: "/api/v1/notifications/{id}/read", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  getPlayer: { method: "GET", path: "/api/v1/players/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  changePlayer: { method: "PUT", path: "/api/v1/players/{id}", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  listBlocks: { method: "GET", path: "/api/v1/players/{id}/blocks", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor"] },
  block: { method: "PUT", path: "/api/v1/players/{id}/blocks/{other}", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  unblock: { method: "DELETE", path: "/api/v1/players/{id}/blocks/{other}", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  listFriendRequests: { method: "GET", path: "/api/v1/players/{id}/friend-requests", needsPlayer: true, takesKey: false, takesBody: false, query: ["direction","limit","cursor"] },
  askFriend: { method: "POST", path: "/api/v1/players/{id}/friend-requests", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  dropFriendRequest: { method: "DELETE", path: "/api/v1/players/{id}/friend-requests/{other}", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  acceptFriend: { method: "POST", path: "/api/v1/players/{id}/friend-requests/{other}/accept", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  listFriends: { method: "GET", path: "/api/v1/players/{id}/friends", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor"] },
  unfriend: { method: "DELETE", path: "/api/v1/players/{id}/friends/{other}", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  getPresence: { method: "GET", path: "/api/v1/players/{id}/presence", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  changePresence: { method: "PUT", path: "/api/v1/players/{id}/presence", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  getRating: { method: "GET", path: "/api/v1/players/{id}/rating", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor","queue"] },
  listRatings: { method: "GET", path: "/api/v1/players/{id}/ratings", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor"] },
  listStorage: { method: "GET", path: "/api/v1/players/{id}/storage", needsPlayer: true, takesKey: false, takesBody: false, query: ["limit","cursor","prefix"] },
  getStored: { method: "GET", path: "/api/v1/players/{id}/storage/{key}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  store: { method: "PUT", path: "/api/v1/players/{id}/storage/{key}", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  removeStored: { method: "DELETE", path: "/api/v1/players/{id}/storage/{key}", needsPlayer: true, takesKey: true, takesBody: false, query: [] },
  joinQueue: { method: "POST", path: "/api/v1/queue/join", needsPlayer: true, takesKey: true, takesBody: true, query: [] },
  leaveQueue: { method: "DELETE", path: "/api/v1/queue/leave", needsPlayer: true, takesKey: true, takesBody: false, query: ["player_id"] },
  getQueueStatus: { method: "GET", path: "/api/v1/queue/status", needsPlayer: true, takesKey: false, takesBody: false, query: ["player_id"] },
  getSession: { method: "GET", path: "/api/v1/sessions/{id}", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  heartbeat: { method: "POST", path: "/api/v1/sessions/{id}/heartbeat", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  rejoinSession: { method: "POST", path: "/api/v1/sessions/{id}/rejoin", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
  getSessionState: { method: "GET", path: "/api/v1/sessions/{id}/state", needsPlayer: true, takesKey: false, takesBody: false, query: [] },
};
