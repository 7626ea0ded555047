// Every text of the dashboard, in one place, ready for translation.
import type { Dimension, KeyKind, Metric, Step } from '../api/types';
import type { RangeName } from '../state/range';

const plural = (n: number, one: string, many: string) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export interface MetricText {
  name: string;
  unit: string;
  counted: string;
}

const metrics: Record<Metric, MetricText> = {
  EVENTS: { name: 'Events', unit: 'events', counted: 'Accepted events by corrected time; repeats are counted once.' },
  ERRORS: { name: 'Errors', unit: 'errors', counted: 'Events “error” of severity error or critical.' },
  ACTIVE_PLAYERS: { name: 'Active players', unit: 'players', counted: 'Distinct players with at least one event in the bucket.' },
  PAYERS: { name: 'Payers', unit: 'players', counted: 'Distinct players with a purchase of more than 0.' },
  NEW_PLAYERS: { name: 'New players', unit: 'players', counted: 'Players whose first event ever is in the bucket.' },
  SESSIONS: { name: 'Sessions', unit: 'sessions', counted: 'Client sessions by the time of their first event.' },
  SESSION_SECONDS_MEDIAN: { name: 'Session length, median', unit: 's', counted: 'Median length of closed client sessions, within 1 %.' },
  CONCURRENT_PLAYERS: { name: 'Concurrent players', unit: 'players', counted: 'The greatest number of players in a session in any minute of the bucket.' },
  REVENUE: { name: 'Revenue', unit: '', counted: 'Exact sum of purchases in the app’s currency.' },
  MATCHES: { name: 'Matches', unit: 'matches', counted: 'Matches completed, each once.' },
  QUEUE_WAIT_P50: { name: 'Queue wait, median', unit: 's', counted: 'Half of the players waited at most this long.' },
  QUEUE_WAIT_P95: { name: 'Queue wait, 95 %', unit: 's', counted: '95 of 100 players waited at most this long.' },
};

const dimensions: Record<Dimension, string> = { EVENT: 'Event', PLATFORM: 'Platform', COUNTRY: 'Country', VERSION: 'Version' };
const stepNames: Record<Step, string> = { MINUTE: 'Minute', HOUR: 'Hour', DAY: 'Day', WEEK: 'Week', MONTH: 'Month', YEAR: 'Year' };
const kinds: Record<KeyKind, string> = {
  write: 'Write: in a game client. Public, may only send events.',
  read: 'Read: for analytics.',
  server: 'Server: on a game server. Keep it secret.',
};
const rangeNames: Record<RangeName, string> = {
  '15m': 'Last 15 minutes', '1h': 'Last hour', '6h': 'Last 6 hours', '24h': 'Last 24 hours', '7d': 'Last 7 days',
  '30d': 'Last 30 days', '90d': 'Last 90 days', custom: 'Custom range',
};

export const t = {
  product: 'Gamekeeper',
  notFound: { text: 'There is no such page.', back: 'Go to the overview', app: 'There is no such app, or you may not see it.', noApps: 'There is no app yet. Make one on the server with “gamekeeper app create”.' },
  skip: 'Skip to the content',
  metrics,
  dimensions,
  steps: stepNames,
  kinds,
  ranges: rangeNames,
  nav: {
    label: 'Pages', open: 'Open the menu', close: 'Close the menu', play: 'Play', insight: 'Insight', operate: 'Operate',
    players: 'Players', sessions: 'Sessions', leaderboards: 'Leaderboards', ratings: 'Ratings', notifications: 'Notifications',
    overview: 'Overview', events: 'Events', retention: 'Retention', pipeline: 'Pipeline', apps: 'Apps and keys', audit: 'Audit',
    health: 'Health', explorer: 'GraphiQL', docs: 'API reference',
  },
  top: {
    app: 'App', theme: { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' }, account: 'Account',
    signOut: 'Sign out', search: 'Search or go to', live: 'Live', reconnecting: 'Reconnecting', connecting: 'Connecting', polling: 'Asking',
    freshness: (behind: string) => `Newest event visible ${behind} after it was accepted`,
    pollingLong: 'The live stream is down. Asking every 2 seconds and reconnecting.',
    simulated: 'Simulated players',
    simulatedLong: 'These players are made by gamekeeper simulate. Start with SIMULATE=0 for an empty app.',
  },
  explorer: {
    app: 'App', key: 'Read key', otherKey: 'Ask with a read key instead (optional)',
    firstQuery: '# Ctrl-Enter runs. The docs at the left say what can be asked.\n{\n  overview { playersOnline eventsPerSecond activeToday freshnessMs }\n  ledger { pending balanced rows { key accepted stored repeated } }\n}\n',
  },
  range: {
    label: 'Time range and zone', from: 'From', to: 'To', apply: 'Apply', zone: 'Zone', compare: 'Compare with the period before', custom: 'Custom',
    appZone: (zone: string) => `App’s zone · ${zone}`, viewerZone: (zone: string) => `Your zone · ${zone}`, utc: 'UTC',
    wrong: '“To” must be after “From”.', times: (zone: string) => `Times in ${zone}`,
  },
  palette: { title: 'Go to', placeholder: 'A page, a player, a session, an event …', none: 'Nothing by that name.', page: 'Page', event: 'Event', app: 'App', action: 'Action', player: 'Player', session: 'Session' },
  common: {
    copy: 'Copy', copied: 'Copied', cancel: 'Cancel', save: 'Save', saved: 'Saved', close: 'Close', retry: 'Try again', more: 'Load more',
    loading: 'Loading', none: '–', other: 'Other', unknown: '(not given)', total: 'Total', all: 'All', never: 'Never', delete: 'Delete', details: 'Details', actions: 'Actions',
    inAudit: 'See it in Audit', typeToConfirm: (word: string) => `Type ${word} to confirm`, sortBy: (column: string) => `Sort by ${column}`, howCounted: (name: string) => `How ${name} is counted`,
  },
  problem: {
    title: 'That did not work', field: 'Field', limit: 'Allowed', request: 'Request', copyRequest: 'Copy the request id',
    unexpected: 'The page met a mistake of its own. Reload it; if it comes back, report what you did.',
  },
  signin: {
    title: 'Sign in to Gamekeeper', username: 'User name', password: 'Password', submit: 'Sign in', byLink: 'Signing you in …',
    linkSpent: 'This link was used already, or is too old. Sign in by name, or take a fresh link from the server’s terminal.',
    ended: 'Your session has ended. Sign in again to go on where you were.',
  },
  overview: {
    title: 'Overview', online: 'Players online', rate: 'Events per second', active: 'Active today', fresh: 'New today', open: 'Sessions open',
    matches: 'Matches today', revenue: 'Revenue today',
    tips: {
      online: 'Players with an event in the last 5 minutes and no later session_end. The line: concurrent players, last hour.',
      rate: 'Events over the last 10 whole seconds, divided by 10. The line: last hour.',
      active: 'Distinct players with an event since midnight UTC. The line: by hour.',
      fresh: 'Players whose first event ever came since midnight UTC. The line: by hour.',
      open: 'Client sessions without session_end whose last event is less than 30 minutes old. The line: sessions begun, last hour.',
      matches: 'Matches completed since midnight UTC. The line: by hour.',
      revenue: 'Exact sum of purchases in the app’s currency since midnight UTC. The line: by hour.',
    },
    vsHour: 'last hour against the hour before', vsDay: 'against yesterday by this time', noBefore: 'nothing to compare with',
    explore: 'Explore', eventsChart: 'Events', playersChart: 'Active players', sessionsChart: 'Sessions', revenueChart: 'Revenue',
    empty: {
      title: 'No events yet', lead: (app: string) => `Send the first event of ${app}. This page comes alive when it arrives.`,
      key: (name: string) => `The key is shown only when it is made; put your write key “${name}” in its place.`,
      noKey: 'This app has no write key yet.', make: 'Make a write key and fill it in', keyName: 'first event',
      filled: (name: string) => `The write key “${name}” was made for this line; it is not shown again. Revoke it under Apps and keys.`, waiting: 'Waiting for the first event', docs: 'What an event may hold',
    },
  },
  events: {
    title: 'Events', metric: 'Measure', event: 'Event', anyEvent: 'Any event', split: 'Split by', noSplit: 'No split', filter: 'Filter', noFilter: 'No filter',
    values: 'Values', valuesHint: 'Pick or type', step: 'Step', auto: 'Auto', chart: 'Chart', table: 'Table', csv: 'CSV', png: 'PNG', query: 'Open as query',
    none: 'Nothing happened in this range.', time: 'Time', previous: 'Period before', share: 'Share', change: 'Change', series: 'Series', filling: 'still filling',
    view: 'Show as', otherNote: 'Everything outside the five greatest.',
    summary: (metric: string, range: string) => `${metric}, ${range}`,
  },
  retention: {
    title: 'Retention', lead: 'Of the players whose first event was on a day, how many were active n days later.', cohorts: 'Cohorts of the last', days: (n: number) => plural(n, 'day', 'days'),
    columns: 'Columns', first: (n: number) => `First ${n} days`, marks: '1, 3, 7, 14, 30', players: 'New players', cohort: 'Cohort', mean: 'All cohorts', open: 'Day not over', none: 'No new players in these days.',
    cell: (date: string, day: number, kept: string, of: string, part: string) => `${date}, day ${day}: ${kept} of ${of} players, ${part}`,
    explain: 'Calendar days in the zone above; the mean is over closed days only, weighted by cohort size.',
  },
  pipeline: {
    title: 'Pipeline', ledger: 'Ledger', balanced: 'Balanced', unbalanced: 'Does not balance', off: (n: string) => `${n} events are accounted for nowhere.`,
    explain: 'Every accepted event is stored, repeated, dropped or pending.', accepted: 'Accepted', stored: 'Stored', repeated: 'Repeated', dropped: 'Dropped', pending: 'Pending', rejected: 'Rejected', key: 'Key',
    freshness: 'Freshness', rate: 'Events per second', lag: 'Events behind', dead: 'Dead letters', partitions: 'Partitions', partition: 'Partition', head: 'Head', committed: 'Committed',
    lagEvents: 'Events behind', lagTime: 'Time behind', epoch: 'Epoch', owner: 'Owner', deadLead: 'Events that were refused. Mend one, then replay it.', noDead: 'No event was refused.',
    received: 'Received', reason: 'Reason', field: 'Field', event: 'Event', mend: 'Mend', replay: 'Replay', replayMany: (n: number) => `Replay ${plural(n, 'event', 'events')}`,
    replayWhat: (n: number) => `${plural(n, 'event is', 'events are')} sent through the checks again. What passes is counted at its own time and leaves this list; what fails stays. Replaying twice is harmless.`,
    replayed: (accepted: number, rejected: number) => `${plural(accepted, 'event', 'events')} accepted, ${rejected} refused again.`,
    mendTitle: 'Mend the event', mendHint: 'Change the document and save it; then replay it.', notJson: 'This is not JSON yet.', deleteTitle: 'Delete this dead letter',
    deleteWhat: 'The refused event is forgotten for good. It was never counted, so no number changes.', select: (id: string) => `Select dead letter ${id}`, selectAll: 'Select all shown',
  },
  apps: {
    title: 'Apps and keys', apps: 'Apps', newApp: 'New app', id: 'Id', name: 'Name', created: 'Created', zone: 'Time zone', currency: 'Currency', environment: 'Environment', current: 'Shown', show: 'Show',
    idHint: 'Lower-case letters, digits and dashes; it can not be changed.', keys: 'Keys', newKey: 'New key', kind: 'Kind', prefix: 'Begins with', lastUsed: 'Last used', state: 'State', active: 'Active', revoked: 'Revoked', expires: 'Expires', expired: 'Expired',
    rotate: 'Rotate', revoke: 'Revoke', secretTitle: 'Your new key', secretOnce: 'It is shown only now. Copy it to where it is needed.',
    rotateNote: (name: string) => `The old key “${name}” keeps working. Revoke it once everything uses the new one.`, rotateTitle: (name: string) => `Rotate ${name}`,
    rotateWhat: 'A new key of the same kind and name is made. Both work side by side until you revoke the old one.', makeKey: 'Make the key',
    revokeTitle: (name: string) => `Revoke ${name}`, revokeWhat: 'Every caller with this key is refused within a second. This can not be undone.', noKeys: 'This app has no keys.', settings: 'Settings', measures: 'Measures',
    measuresHint: 'Numbers to keep percentiles of', measuresExample: 'event.property',
    limits: { requests_per_second: 'Requests per second', events_per_second: 'Events per second' }, limitsHint: 'For each key', limitsOwn: 'The server’s own', badZone: 'No such time zone.', actions: 'Actions',
  },
  players: {
    title: 'Players', find: 'Find a player', placeholder: 'Name or id', list: 'Players', player: 'Player', rating: 'Rating', games: 'Games', sessions: 'Sessions', joined: 'Joined', state: 'State', active: 'May play',
    none: 'There is no player yet. They appear when somebody signs up, or a game server makes one.', noMatch: 'Nobody has this id, or a name that begins like this.',
    back: 'All players', nameless: 'No name', copyId: 'Copy the player’s id', noEmail: 'No e-mail', since: (when: string) => `Joined ${when}`,
    winRate: 'Win rate', record: 'Won · lost · drawn', played: 'Time played', noTime: '0 s', deviation: (d: string) => `± ${d}`, rank: (rank: string, percentile: string) => `Number ${rank}, at least as good as ${percentile}% of all`,
    tips: {
      rating: 'The rounded mean of the queue “default”, else of the queue played last.', games: 'Results applied, in all queues.', winRate: 'Won of all games; draws count as not won.',
      sessions: 'Game sessions that were played and have ended.', played: 'Seconds in which those sessions were active.',
    },
    curve: 'Rating', queue: 'Queue', curveOf: (queue: string, n: number) => `Rating in ${queue}, ${plural(n, 'match', 'matches')}`, noMatches: 'No match has counted for this player yet.', csv: 'CSV',
    matches: 'Matches', result: 'Result', against: 'Against', change: 'Change', at: 'Time', match: 'Match', won: 'Won', lost: 'Lost', drawn: 'Draw', place: (place: number, of: number) => `${place} of ${of}`, more: (n: number) => `and ${n} more`,
    recent: 'Recent sessions', allSessions: 'All of this player’s sessions', noSessions: 'This player was in no session yet.', attributes: 'Attributes', noAttributes: 'The game has stored nothing here.',
    signIns: 'Sign-ins and devices', signIn: 'Sign-in', begun: 'Since', refreshed: 'Last seen', expires: 'Ends', noSignIns: 'Nobody is signed in as this player.', endOne: 'End', endOneOf: (when: string) => `End the sign-in of ${when}`,
    ways: (password: boolean, devices: number) => [password && 'Name and password', devices > 0 && plural(devices, 'device', 'devices')].filter(Boolean).join(' · ') || 'No way to sign in: made by a game server',
    endOneTitle: 'End this sign-in', endOneWhat: 'Its tokens and sockets end within a second. The player may sign in again.',
    endAll: 'Sign out everywhere', endAllTitle: (name: string) => `Sign ${name} out everywhere`, endAllWhat: (n: string) => `Ends ${n}: tokens and sockets end within a second. The player may sign in again.`,
    howMany: (n: number, more: boolean) => (more ? `more than ${plural(n, 'sign-in', 'sign-ins')}` : plural(n, 'sign-in', 'sign-ins')),
    notes: 'Notes', noNotes: 'No notes yet.', notesHint: 'Seen by support alone, never by the player.', newNote: 'New note', addNote: 'Add the note', removeNote: 'Remove', removeNoteOf: (when: string) => `Remove the note of ${when}`, removeTitle: 'Remove this note', removeWhat: 'The note is gone for everybody. That it was removed stays in Audit.',
    ban: 'Ban', banTitle: (name: string) => `Ban ${name}`, banWhat: (n: string) => `Signing in is refused with the reason below, and ${n} end within a second. A ban can be lifted at any time.`, reason: 'Reason', reasonHint: 'The player reads it when signing in.',
    until: 'Until', forGood: 'For good', spans: { '1': 'One day', '7': 'One week', '30': '30 days' }, custom: 'Until a date …', date: 'Date', future: 'The end must lie ahead.',
    lift: 'Lift the ban', liftTitle: (name: string) => `Lift the ban of ${name}`, liftWhat: 'The player may sign in again at once.', banned: (until: string | null) => (until ? `Banned until ${until}` : 'Banned for good'), bannedFor: (reason: string, when: string) => `“${reason}” · ${when}`,
    erase: 'Erase', eraseTitle: (name: string) => `Erase ${name}`, eraseWhat: 'The account, all ways to sign in, what the game stored for the player, their inbox, their friends and the notes below are removed at once; tokens and sockets end within a second. Results, ratings and leaderboards keep the bare id, which leads to nobody any more. It can not be undone.',
    done: { erase: 'Erased.', ban: 'Banned.', lift: 'The ban is lifted.', signOut: 'Signed out.', note: 'Noted.', noteRemoved: 'Removed.' },
  },
  sessions: {
    title: 'Sessions', list: 'Sessions', session: 'Session', status: 'Status', all: 'All', of: 'Of player', ofPlaceholder: 'Player’s id', players: 'Players', mode: 'Mode', started: 'Made', updated: 'Last change', version: 'Version',
    statuses: { waiting: 'Waiting', active: 'Active', paused: 'Paused', completed: 'Completed', abandoned: 'Abandoned', cancelled: 'Cancelled' },
    live: 'Live', still: 'Not refreshed while older ones are shown', newest: 'Back to the newest', none: 'There is no session like this.', count: (n: number) => plural(n, 'player', 'players'), back: 'All sessions', noMode: 'No mode', copyId: 'Copy the session’s id',
    team: 'Team', rating: 'Rating', ratingHint: 'As it was when the session was made.', player: 'Player', lasted: 'Lasted', lasting: 'For',
    state: 'State', stateHint: 'The game’s own document, as it stands now; its version grows with every change of the session.', noState: 'The game keeps no state.', attributes: 'Attributes', timeline: 'Timeline', gap: 'Of a long history the first ten entries and the newest stay.',
    events: { created: 'Made', status_changed: 'Status', player_rejoined: 'A player came back', silent: 'Ended by silence' } as Record<string, string>, fromTo: (from: string, to: string) => `${from} → ${to}`,
    result: 'Result', noResult: 'No result has come yet.', rank: (n: number) => `Rank ${n}`,
    complete: 'End', completeTitle: 'End this session', completeWhat: (n: number) => `It counts as completed for ${plural(n, 'player', 'players')}: time played is added to their stats now. No result is written; that is the game server’s. It can not be undone.`,
    abandon: 'Abandon', abandonTitle: 'Abandon this session', abandonWhat: (n: number) => `It ends as abandoned for ${plural(n, 'player', 'players')}, and time played is added to their stats now. It can not be undone.`, cancelWhat: (n: number) => `It was not begun, and is cancelled for ${plural(n, 'player', 'players')}. It can not be undone.`,
    word: 'end', done: 'Done.',
  },
  leaderboards: {
    title: 'Leaderboards', lead: 'Exact places, right after every score. Of equal scores the one that was reached first stands first.',
    noBoards: 'This app has no leaderboard yet. A game server makes one with POST /api/v1/leaderboards.', board: 'Leaderboard', season: 'Season', underWay: 'Under way',
    ended: (season: string, players: number) => `${season} · ${plural(players, 'player', 'players')}`, find: 'Find a player', playerId: 'Player’s id', show: 'Show', ofQueue: (queue: string) => `The ratings of queue ${queue}, as its results make them`, top: 'From the top', around: 'Around',
    aroundOf: (player: string) => `Around ${player}`, back: 'From the top', none: 'Nobody has a score here yet.', rank: 'Rank', player: 'Player', score: 'Score', since: 'Since',
    players: (n: number) => plural(n, 'player', 'players'), place: (player: string, rank: string, total: string) => `${player} is number ${rank} of ${total}`,
    better: (percentile: number) => `At least as good as ${percentile.toFixed(1)}% of all`,
    order: { high_first: 'The highest first', low_first: 'The lowest first' }, operator: { best: 'the best score counts', last: 'the last score counts', sum: 'scores add up' },
    ranking: { competition: 'ranks 1 2 2 4', dense: 'ranks 1 2 2 3', ordinal: 'ranks 1 2 3 4' },
    every: (every: string | number, zone: string) => `a season each ${typeof every === 'number' ? `${every} days` : every} (${zone})`,
  },
  ratings: {
    title: 'Ratings', lead: 'How well results are foretold, and where the ratings stand. Each queue on its own.', queue: 'Queue', view: 'Show as', chart: 'Charts', table: 'Tables', csv: 'CSV',
    noQueues: 'Nothing has been played yet. A game server reports results with POST /api/v1/matches/result.', queueChoice: (queue: string, results: number) => `${queue} · ${plural(results, 'result', 'results')}`,
    matches: (n: number) => plural(n, 'match', 'matches'), players: (n: number) => plural(n, 'player', 'players'), counted: (ago: string) => `Counted ${ago}`, behind: (n: number) => `${plural(n, 'result', 'results')} still to be counted`,
    unforetold: (n: number) => `${plural(n, 'match was', 'matches were')} not foretold: they came before the predictions were read back after a start.`,
    figures: {
      log_loss: { name: 'Log loss', how: 'Of matches of two teams: minus the logarithm of the chance that was given to what happened, a mean. Smaller is better.', foot: 'always a half: 0.693' },
      brier: { name: 'Brier score', how: 'Of matches of two teams: the squared distance of the chance from what happened, a mean. Smaller is better.', foot: 'always a half: 0.250' },
      calibration_error: { name: 'Calibration error', how: 'How far chances are from what happened, over ten bins, weighted by their matches. Smaller is better.', foot: 'none: 0.0%' },
      accuracy: { name: 'Accuracy', how: 'Of matches of two teams without a draw: the share whose likelier team won.', foot: 'by chance: 50.0%' },
      pair_accuracy: { name: 'Pair accuracy', how: 'Of matches of more than two teams: the share of pairs of teams that came out in the foretold order.', foot: 'by chance: 50.0%' },
    },
    calibration: 'Calibration', calibrationHow: 'Matches of two teams in ten bins by the chance that was foretold for the first. On the diagonal, chances came true. The bars are where the truth lies in 95 of 100 cases, the numbers below how many matches a bin holds.',
    foretold: 'Foretold', happened: 'Happened', bin: 'Bin', count: 'Matches', interval: '95 % interval', noneForetold: 'No match of two teams has been foretold in this queue yet.',
    dot: (foretold: string, happened: string, matches: string) => `Foretold ${foretold}, happened ${happened}, ${matches} matches`,
    spread: 'Distribution', spreadHow: 'How many players of the queue have which rating, now.', rating: 'Rating', playersColumn: 'Players', share: 'Share', median: (rating: string) => `Median ${rating}`,
    middle: (low: string, high: string) => `the middle half ${low} to ${high}`, bar: (from: string, to: string, players: string) => `${from} to ${to}: ${players}`, noPlayers: 'Nobody has a rating in this queue.',
    drift: 'Over time', driftHow: (hours: number) => `By when a match was played, in periods of ${hours % 24 === 0 ? plural(hours / 24, 'day', 'days') : plural(hours, 'hour', 'hours')}; times without matches are left out. Who plays twice counts twice.`,
    mean: 'Mean rating', width: 'Spread and deviation', spreadLine: 'Spread of ratings', deviation: 'Mean deviation', lossLine: 'Log loss', period: 'From', noPeriods: 'Nothing was played.',
    meanHow: 'The mean rating of those who played. Where it drifts away from 1500, points enter or leave the queue.', widthHow: 'Spread: how far the ratings of those who played lie apart (standard deviation). Mean deviation: how unsure their own ratings still are.',
    lossHow: 'Log loss of the matches of two teams of the period. At 0.693 predictions say nothing.',
  },
  notifications: {
    title: 'Notifications', lead: 'What players and other programs are told: messages to many, the words of what is told by itself, and webhooks.',
    tabs: { messages: 'Messages', templates: 'Templates', webhooks: 'Webhooks' }, name: 'Name', state: 'State', by: 'By', sent: 'Sent', created: 'Created', edit: 'Edit', add: 'Add', back: 'Back',
    // messages
    newMessage: 'New message', noMessages: 'Nothing was written to many players yet.', wordsTitle: 'Title', body: 'Text', whom: 'To', told: 'Told', stop: 'Stop', status: { running: 'Under way', done: 'Done', cancelled: 'Stopped' },
    progress: (looked: string, players: string) => `${looked} of ${players} players looked at`, stopTitle: 'Stop this message', stopWhat: (told: string) => `Nobody else is told. ${told} players have it already and keep it.`,
    everybody: 'Everybody', some: 'Some', named: (count: number) => plural(count, 'named player', 'named players'),
    rated: (min: number | undefined, max: number | undefined) => (min === undefined ? `rated up to ${max}` : max === undefined ? `rated ${min} and more` : `rated ${min} to ${max}`),
    seen: (since: string | undefined, before: string | undefined) => [since && `seen since ${since}`, before && `not seen since ${before}`].filter(Boolean).join(', '),
    allOfThese: (zone: string) => `Those who meet all that is said here. Times in ${zone}.`, ratingMin: 'Rating from', ratingMax: 'Rating to', seenSince: 'Seen since', seenBefore: 'Last seen before', onlyThese: 'These players alone', playerIds: 'Ids of players',
    reach: (count: number) => plural(count, 'player', 'players'), reachAbout: (part: string, all: string, meant: string, looked: string) => `About ${part} of ${all} players: ${meant} of the first ${looked}`, counting: 'Counting …', sayWhom: 'Say whom it is for',
    words: 'Words', ownWords: 'Written here, in English', preview: 'As its reader sees it', language: 'Language', noTitle: '(no title)', review: 'Look it over', send: 'Send now',
    sure: (reach: string) => `To: ${reach}. It is told at once and can be stopped, but whoever has it keeps it.`,
    // templates
    templatesHow: 'Those that are built in are told by themselves; your own are for messages. A reader gets their language, else the app’s, else English.', languages: 'Languages', variables: 'Variables', silent: 'says nothing', builtIn: 'Built in', written: 'Written',
    editOf: (name: string) => `Edit ${name}`, newOf: (name: string) => `New template ${name}`, newTemplate: 'New template', nameHint: 'Small letters, digits, _ and -; it can not be changed.', badName: 'Small letters, digits, _ and -, at most 64.', takenName: 'There is one of this name.',
    write: 'Write it', titleIn: (locale: string) => `Title (${locale})`, bodyIn: (locale: string) => `Text (${locale})`, bodyHint: '{{name}} stands for a variable.', variablesHint: 'Names that the words may hold.', fixedVariables: 'These variables are filled in:',
    unknownVariables: (names: string) => `Not among the variables: ${names}`, samples: 'Values to try', addLanguage: 'Another language, as a tag', dropLanguage: (locale: string) => `Drop ${locale}`, asBuiltIn: 'As built in', asBuiltInTitle: (name: string) => `${name} as it was built in`,
    asBuiltInWhat: 'Your words are forgotten, and it is worded as it was built in. What was told already stays as it is.', removeTitle: (name: string) => `Delete ${name}`, removeWhat: 'Messages can no longer use it. What was told already stays as it is. This can not be undone.',
    // webhooks
    webhooksHow: 'Each fact is one signed POST, tried again when it fails; after five days without one good try a webhook is switched off.', newWebhook: 'New webhook', makeWebhook: 'Make the webhook', noWebhooks: 'No other program is told anything.', url: 'Address', events: 'Events', eventsHint: 'Names of facts, “match.*”, or “*” for all.',
    on: 'On', off: 'Off', gaveUp: 'Gave up', failing: (since: string) => `Failing, first ${since}`, secretTitle: 'The signing secret', secretOnce: 'It is shown only now. The receiver needs it to check the signature of each delivery.',
    rotate: 'New secret', rotateOf: (url: string) => `New secret for ${url}`, rotateWhat: 'A new secret is made. For a while deliveries are signed with both, so that the receiver can change over.', overlap: 'The old one signs for',
    overlaps: [{ value: '0', label: 'No longer' }, { value: '3600', label: 'Another hour' }, { value: '86400', label: 'Another day' }, { value: '604800', label: 'Another week' }],
    switchOn: 'Switch on', switchOff: 'Switch off', switchOnOf: (url: string) => `Switch on ${url}`, switchOffOf: (url: string) => `Switch off ${url}`, switchOnWhat: 'What waits goes out, and new facts are told again.', switchOffWhat: 'Nothing goes out until it is switched on; facts of that time are not told later.',
    deleteOf: (url: string) => `Delete ${url}`, deleteWhat: 'The webhook, its secret and all that is on its way to it are gone. This can not be undone.',
    // deliveries
    deliveries: 'Deliveries', deliveriesOf: (url: string) => `Deliveries to ${url}`, deliveriesHow: 'Kept a week after they arrived, dead ones a month.', noDeliveries: 'Nothing of this kind.', deliveryStatus: { waiting: 'Waiting', delivered: 'Delivered', dead: 'Dead' },
    event: 'Event', attempts: 'Tries', made: 'Made', then: 'Then', next: (at: string) => `next try ${at}`, ended: (at: string) => `ended ${at}`, lastError: 'Last error', choose: 'Chosen', chooseOne: (id: string) => `Choose delivery ${id}`,
    retry: 'Try again', retryAll: 'Try all dead ones again', retryMany: (count: number) => `Try ${plural(count, 'delivery', 'deliveries')} again`, retryWhat: 'Dead deliveries wait again and are tried at once, with all their tries before them. The receiver can tell repeats by their id. At most a thousand at a time.', retried: (count: number) => `${plural(count, 'delivery waits', 'deliveries wait')} again.`,
  },
  audit: { title: 'Audit', at: 'Time', actor: 'Who', action: 'Action', target: 'Target', app: 'App', request: 'Request', none: 'Nothing was recorded yet.', filter: 'Filter what is loaded', noMatch: 'Nothing that is loaded matches.' },
  health: {
    title: 'Health', ok: 'All is well', degraded: 'Something needs attention', component: 'Part', status: 'Status', latency: 'Latency', lag: 'Events behind', quick: '< 0.1 ms', version: 'Version', note: 'Note', checked: (ago: string) => `Checked ${ago}`,
    server: 'Server', mode: 'Mode', started: 'Up for', partitions: 'Partitions', parts: 'Parts', none: 'The server names no parts.', runbooks: 'What to do: see docs/runbook.md.',
  },
} as const;
