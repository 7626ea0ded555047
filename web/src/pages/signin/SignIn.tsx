import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Problem } from '../../api/http';
import { signIn, signInByLink } from '../../api/operate';
import { hasEnded } from '../../api/session';
import icon from '../../icon.svg';
import { Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useAddress } from '../../state/scope';
import { t } from '../../text/en';

export default function SignIn() {
  const [{ token, next }] = useAddress();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(Boolean(token));
  const spent = useRef<string | null>(null);

  useEffect(() => {
    document.title = `${t.signin.title}`;
  }, []);

  const enter = async (how: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await how();
      // Only a path of our own; never another site.
      await navigate({ href: next && /^\/(?![/\\])/.test(next) ? next : '/', replace: true });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  useEffect(() => {
    if (!token || spent.current === token) return;
    spent.current = token; // once: the link is
    void enter(() => signInByLink(token));
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void enter(() => signIn(String(form.get('username')), String(form.get('password'))));
  };

  const linkFailed = token && error instanceof Problem && error.status >= 400 && error.status < 500;
  return (
    <main className="signin">
      {token && !error ? (
        <p role="status" className="muted">{t.signin.byLink}<Skeleton height={4} /></p>
      ) : (
        <form onSubmit={submit}>
          <div className="row"><img src={icon} alt="" width={28} height={28} /><h1 style={{ margin: 0, fontSize: '1.125rem' }}>{t.signin.title}</h1></div>
          {linkFailed ? <p className="muted" style={{ margin: 0 }}>{t.signin.linkSpent}</p> : null}
          {hasEnded() && !error ? <p role="status" className="muted" style={{ margin: 0 }}>{t.signin.ended}</p> : null}
          <TextInput name="username" label={t.signin.username} autoComplete="username" required withAsterisk={false} autoFocus />
          <PasswordInput name="password" label={t.signin.password} autoComplete="current-password" required withAsterisk={false} />
          {error ? <ProblemCard error={error} /> : null}
          <Button type="submit" size="sm" loading={busy}>{t.signin.submit}</Button>
        </form>
      )}
    </main>
  );
}
