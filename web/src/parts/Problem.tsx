import { Button } from '@mantine/core';
import { Problem } from '../api/http';
import { t } from '../text/en';
import { CopyButton } from './CopyButton';

/** What went wrong: the server's own sentence, the field, what is allowed, and the request id to copy. */
export function ProblemCard({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  return (
    <div className="problem" role="alert">
      <strong>{problem ? t.problem.title : t.problem.unexpected}</strong>
      <span>{error instanceof Error ? error.message : String(error)}</span>
      {problem && (problem.field || problem.limit || problem.requestId) && (
        <dl>
          {problem.field && <div><dt>{t.problem.field}</dt><dd className="mono">{problem.field}</dd></div>}
          {problem.limit && <div><dt>{t.problem.limit}</dt><dd className="mono">{problem.limit}</dd></div>}
          {problem.requestId && (
            <div>
              <dt>{t.problem.request}</dt>
              <dd className="mono">{problem.requestId}</dd>
              <CopyButton value={problem.requestId} label={t.problem.copyRequest} />
            </div>
          )}
        </dl>
      )}
      {onRetry && <div><Button variant="default" onClick={onRetry}>{t.common.retry}</Button></div>}
    </div>
  );
}
