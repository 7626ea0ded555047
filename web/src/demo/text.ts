// Every text of the demo.
import type { Game, Hand } from './game';
import type { View } from './play';

export const handNames: Record<Hand, string> = { rock: 'Rock', paper: 'Paper', scissors: 'Scissors' };
export const handKeys: Record<Hand, string> = { rock: 'R', paper: 'P', scissors: 'S' };
const verbs: Record<Hand, string> = { rock: 'blunts', paper: 'wraps', scissors: 'cut' };

const signed = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

export const d = {
  title: 'Rock-paper-scissors · Gamekeeper',
  heading: 'Rock-paper-scissors',
  lead: 'Best of three, rated. A page of the demo game, on the same server as everything else.',
  dashboard: 'Dashboard',
  you: 'You',
  opponent: 'Opponent',
  nobody: 'Nobody yet',
  chosen: 'Has chosen',
  thinking: 'Thinking',
  score: (mine: number, theirs: number) => `${mine} to ${theirs}`,
  hidden: 'A hand that is still hidden',
  noHand: 'No hand yet',
  connection: { open: 'Live', connecting: 'Connecting', waiting: 'Reconnecting', signed_out: 'Signed out', idle: 'Connecting', closed: 'Closed' },
  actions: { starting: 'Signing in', retry: 'Try again', ready: 'Find a match', searching: 'Stop looking', playing: 'Give up', sure: 'Give up: sure?', claim: 'Take the win', over: 'Play again' },
  second: 'Open a second player',
  secondLong: 'Each window is a guest of its own.',
  waited: (seconds: number) => `${seconds} s`,
  rating: 'Your rating',
  rank: (rank: number, total: number) => `Rank ${rank} of ${total}`,
  unranked: 'Not ranked yet: play a match.',
  changed: (by: number) => signed.format(by),
  ratingNow: (rating: number, by: number) => (by === 0 ? `Your rating is ${rating}.` : `Your rating is now ${rating}, ${signed.format(by)}.`),
  board: 'Around you',
  boardEmpty: 'The first result opens the ranking.',
  columns: { rank: 'Rank', player: 'Player', rating: 'Rating' },
  even: (quality: number) => `Evenness ${percent.format(quality)}`,
  chance: (chance: number) => `Your chance ${percent.format(chance)}`,
  dismiss: 'Dismiss',
  off: 'This server runs without the demo game. Start it in development mode with the role “demo”.',
};

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function roundText({ last }: Game): string {
  if (!last) return '';
  if (last.outcome === 'drawn') return `Both chose ${last.mine}: a draw.`;
  const [winner, loser] = last.outcome === 'won' ? [last.mine, last.theirs] : [last.theirs, last.mine];
  return `${capital(winner)} ${verbs[winner]} ${loser}: ${last.outcome === 'won' ? 'your' : 'their'} round.`;
}

function overText(game: Game, name: string): string {
  const score = d.score(game.mine.wins, game.theirs.wins);
  if (game.ended === 'resigned') return game.outcome === 'won' ? `${name} gave up: you win.` : 'You gave up.';
  if (game.ended === 'away') return game.outcome === 'won' ? `${name} stayed away: you win.` : 'You stayed away for too long.';
  if (game.outcome === 'drawn') return 'The match was broken off; nobody’s rating moves.';
  return `${roundText(game)} You ${game.outcome === 'won' ? 'win' : 'lose'} ${score}.`;
}

/** What has happened and what comes next, in a sentence or two: shown, and said to whoever listens. */
export function verdict(view: View): string {
  const { phase, game, opponent, myHand } = view;
  const name = opponent?.name ?? 'Your opponent';
  if (phase === 'starting') return 'Signing you in as a guest…';
  if (phase === 'ready') return 'Ready when you are.';
  if (phase === 'searching') return 'Looking for an opponent… Alone? Open a second player.';
  if (!game) return `Matched with ${name}.`;
  if (phase === 'over') return overText(game, name);
  if (myHand) return `You chose ${myHand}. Waiting for ${name}…`;
  if (game.mine.chosen) return `You have chosen. Waiting for ${name}…`;
  const said = game.last ? `${roundText(game)} Round ${game.round}: choose.` : `Matched with ${name}. Round 1: choose.`;
  return game.theirs.chosen ? `${said} ${name} has chosen.` : said;
}
