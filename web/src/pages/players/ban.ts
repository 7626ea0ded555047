import type { Ban } from '../../api/players';

/** A ban whose end has passed holds nobody any more. */
export const banHolds = (ban: Ban | null, now = Date.now()): ban is Ban => ban !== null && (ban.until === null || Date.parse(ban.until) > now);
