/** Coming in by a one-time link: a new account, or a new password. */
import { useEffect, useState } from 'preact/hooks';
import { dayAndTime } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { ProblemLine } from '../parts/problem.tsx';
import { entered } from '../shell/person.ts';
import { join, type OpenInvite, readInvite } from '../wire/people.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { AccountFields } from './account-fields.tsx';
import { Door } from './door.tsx';

export function Join({ code }: { code: string }) {
  const [invite, setInvite] = useState<OpenInvite | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = () => {
    setProblem(null);
    readInvite(code).then(setInvite, (cause: unknown) => setProblem(asProblem(cause)));
  };
  useEffect(read, [code]);
  if (problem) return <Closed problem={problem} retry={read} />;
  if (!invite) return <Door>{null}</Door>;
  const reset = invite.kind === 'reset';
  return (
    <Door>
      <h1>{t(reset ? 'join.resetTitle' : 'join.title')}</h1>
      <p class="lead">
        {reset ? t('join.resetText', { name: invite.name ?? '' }) : t('join.text')}
        {!reset && invite.role === 'admin' && ` ${t('join.asAdmin')}`}
      </p>
      <AccountFields
        withName={!reset}
        submit={t(reset ? 'join.resetSubmit' : 'join.submit')}
        onSubmit={async ({ name, password }) =>
          entered(await join(reset ? { code, password } : { code, name, password }), '/')
        }
      />
      <p class="note">{t('join.expires', { when: dayAndTime(invite.expiresAt) })}</p>
    </Door>
  );
}

/** A link that was used or has expired is a state, not an accident; anything else is told as it is. */
function Closed({ problem, retry }: { problem: Problem; retry(): void }) {
  const used = problem.status === 404 || problem.status === 401 || problem.status === 410;
  return (
    <Door>
      <h1>{t(used ? 'join.gone' : 'join.title')}</h1>
      {used ? <p class="lead">{t('join.goneText')}</p> : <ProblemLine problem={problem} retry={retry} />}
    </Door>
  );
}
