import type { SessionStatus } from '../../api/sessions';
import { Status } from '../../parts/Page';
import { t } from '../../text/en';

const tones = { waiting: 'warn', active: 'good', paused: 'warn', completed: 'off', abandoned: 'bad', cancelled: 'off' } as const;

export function SessionChip({ status }: { status: SessionStatus }) {
  return <Status tone={tones[status]}>{t.sessions.statuses[status]}</Status>;
}
