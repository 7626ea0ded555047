import { Problem, type PlayerClient, type RealtimeStatus, type SessionNews, type Subscription } from '@gamekeeper/client/player';
import { gameOf, type Game, type Hand } from './game';
import { nameOf } from './names';
import { board, type FoundMatch, type Place, type Rating, type Server } from './server';

export interface Player {
  id: string;
  name: string;
  rating: number | null;
}

/** All that the page shows. */
export interface View {
  phase: 'starting' | 'ready' | 'searching' | 'playing' | 'over';
  connection: RealtimeStatus;
  me: Player | null;
  opponent: Player | null;
  /** How even the match is and this player's chance, 0 to 1. */
  odds: { quality: number; chance: number } | null;
  searchingSince: number | null;
  game: Game | null;
  /** What this player chose in the round under way: the server tells nobody before both have. */
  myHand: Hand | null;
  rating: Rating | null;
  /** As it was before the match that is on or over. */
  ratingBefore: Rating | null;
  place: Place | null;
  busy: boolean;
  problem: Problem | null;
}

const first: View = {
  phase: 'starting', connection: 'idle', me: null, opponent: null, odds: null, searchingSince: null, game: null, myHand: null,
  rating: null, ratingBefore: null, place: null, busy: false, problem: null,
};
const heartbeatMs = 20_000, resultMs = 3_000;

/** One player's evening: signing in, looking for a match, playing it, seeing what it changed, again. */
export class Play {
  #view: View = first;
  #version = 0;
  #listens = false;
  #match: { session_id: string } | null = null;
  #session: Subscription | null = null;
  #board: Subscription | null = null;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  readonly #heard = new Set<() => void>();

  constructor(private readonly client: PlayerClient, private readonly server: Server) {
    client.realtime.onStatus((connection) => this.#show({ connection }));
    client.realtime.on('match_found', (match) => void this.#do(() => this.#enter(match)));
    client.realtime.on('session_state', (session) => this.#see(session));
    client.realtime.on('rating_changed', () => void this.#quietly(() => this.#readRating()));
    client.realtime.on('leaderboard_update', ({ changes }) => {
      this.#rateOpponent(changes);
      void this.#quietly(() => this.#readPlace());
    });
  }

  readonly subscribe = (heard: () => void): (() => void) => {
    this.#heard.add(heard);
    return () => void this.#heard.delete(heard);
  };
  readonly view = (): View => this.#view;

  /** Signs in; again when that failed. */
  start(): Promise<void> {
    return this.#do(async () => {
      const { player_id } = await this.client.account.guest();
      await this.server.rules();
      this.#show({ me: { id: player_id, name: nameOf(player_id), rating: null } });
      if (this.#listens) return;
      this.#listens = true;
      const { realtime } = this.client;
      await this.#readRating();
      realtime.subscribe('ratings', () => void this.#quietly(() => this.#readRating()));
      await realtime.subscribe('queue', () => void this.#quietly(() => this.#readTicket())).ready;
    });
  }

  join(): Promise<void> {
    return this.#do(async () => {
      this.#leaveMatch();
      this.#show({ phase: 'searching', searchingSince: Date.now(), game: null, opponent: null, odds: null, myHand: null, ratingBefore: this.#view.rating });
      try {
        await this.server.join();
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'already_queued') {
          this.#show({ phase: 'ready' });
          throw error;
        }
      }
      await this.#readTicket();
    });
  }

  leave(): Promise<void> {
    return this.#do(async () => {
      await this.server.leave();
      await this.#readTicket(); // the match may have come first
    });
  }

  choose(hand: Hand): Promise<void> {
    const { phase, game, myHand } = this.#view;
    if (phase !== 'playing' || !game || game.mine.chosen || myHand) return Promise.resolve();
    this.#show({ myHand: hand });
    const round = game.round;
    return this.#do(async () => {
      try {
        this.#see(await this.server.choose(this.#match!.session_id, round, hand));
      } catch (error) {
        if (this.#view.game?.round === round && !this.#view.game.mine.chosen) this.#show({ myHand: null });
        throw error;
      }
    });
  }

  resign(): Promise<void> {
    return this.#do(async () => this.#match && this.#see(await this.server.resign(this.#match.session_id)));
  }

  /** Takes the win from an opponent who has been away for too long. */
  claim(): Promise<void> {
    return this.#do(async () => this.#match && this.#see(await this.server.claim(this.#match.session_id)));
  }

  forgetProblem(): void {
    this.#show({ problem: null });
  }

  /** Where this player stands in the queue: after a reload, and after a gap. */
  async #readTicket(): Promise<void> {
    const ticket = await this.server.ticket();
    const { phase } = this.#view;
    if (ticket?.status === 'searching') this.#show({ phase: 'searching', searchingSince: ticket.since });
    else if (ticket?.status === 'matched' && (phase === 'searching' || phase === 'starting')) await this.#enter(ticket.match);
    else if (phase === 'searching' || phase === 'starting') this.#show({ phase: 'ready', searchingSince: null });
  }

  async #enter(match: FoundMatch): Promise<void> {
    const me = this.#view.me;
    if (!me || this.#match?.session_id === match.session_id) return;
    let session: SessionNews;
    try {
      session = await this.client.api.rejoinSession({ id: match.session_id });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409) throw error; // over: nothing to come back to
      if (this.#view.phase === 'starting') this.#show({ phase: 'ready' });
      return;
    }
    const other = session.players.find((player) => player.player_id !== me.id);
    if (!other) return;
    this.#match = match;
    this.#version = 0;
    const chance = match.teams[0]?.players.includes(me.id) ? match.predicted_win : 1 - match.predicted_win;
    this.#show({
      phase: 'playing', searchingSince: null, myHand: null, ratingBefore: this.#view.rating, odds: { quality: match.quality, chance },
      opponent: { id: other.player_id, name: nameOf(other.player_id), rating: other.rating },
    });
    this.#see(session);
    const id = match.session_id;
    this.#session = this.client.realtime.subscribe(`session:${id}`, () => void this.#quietly(async () => this.#see(await this.client.api.getSessionState({ id }))));
    this.#heartbeat = setInterval(() => void this.#quietly(() => this.client.api.heartbeat({ id })), heartbeatMs);
  }

  /** Pushes and answers cross on the way: the newest version counts. */
  #see(session: SessionNews): void {
    const { me, game: before } = this.#view;
    if (!me || session.session_id !== this.#match?.session_id || session.version <= this.#version) return;
    this.#version = session.version;
    const game = gameOf(session, me.id);
    this.#show({ game, ...(before && game.round !== before.round ? { myHand: null } : {}) });
    if (game.outcome === null || this.#view.phase === 'over') return;
    this.#show({ phase: 'over', myHand: null });
    this.#leaveMatch();
    void this.#quietly(() => this.#readRating());
    setTimeout(() => void this.#quietly(() => this.#makeGood(session.session_id)), resultMs);
  }

  /** A server that died between the last round and its result is reminded of it. */
  async #makeGood(sessionId: string): Promise<void> {
    const { phase, rating, ratingBefore } = this.#view;
    if (phase !== 'over' || rating?.gamesPlayed !== ratingBefore?.gamesPlayed) return;
    await this.server.claim(sessionId);
    await this.#readRating();
  }

  #leaveMatch(): void {
    clearInterval(this.#heartbeat);
    this.#session?.end();
    this.#session = null;
    this.#match = null;
  }

  async #readRating(): Promise<void> {
    const { me, phase } = this.#view;
    if (!me) return;
    const rating = await this.server.rating(me.id);
    this.#show({ rating, me: { ...me, rating: rating.rating }, ...(phase === 'playing' || phase === 'over' ? {} : { ratingBefore: rating }) });
    await this.#readPlace();
  }

  async #readPlace(): Promise<void> {
    const { me, rating } = this.#view;
    if (!me) return;
    const place = await this.server.place(me.id, rating?.rank != null);
    this.#show({ place });
    this.#rateOpponent(place.rows);
    if (place.rows.length === 0 || this.#board) return; // there is no board before the first result
    this.#board = this.client.realtime.subscribe(`leaderboard:${board}`);
  }

  /** What the match did to the other one; while it is on, their card shows what they came with. */
  #rateOpponent(rows: ReadonlyArray<{ player_id: string; score: number }>): void {
    const { phase, opponent } = this.#view;
    const now = rows.find((row) => row.player_id === opponent?.id);
    if (opponent && now && phase === 'over') this.#show({ opponent: { ...opponent, rating: now.score } });
  }

  /** What the player asked for: a failure is shown. */
  async #do(work: () => Promise<unknown>): Promise<void> {
    this.#show({ busy: true, problem: null });
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#show({ problem: error });
    } finally {
      this.#show({ busy: false });
    }
  }

  /** What the page reads by itself: it comes again with the next message. */
  async #quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!error.isPassing) this.#show({ problem: error });
    }
  }

  #show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const heard of [...this.#heard]) heard();
  }
}
