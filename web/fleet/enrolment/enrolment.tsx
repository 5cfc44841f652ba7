/** Claims: made with labels, shown once, revoked while nobody has used them. */
import type { ClaimMade, ClaimRow } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Choice, Field } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { Sentence } from '../alerts/alert-row.tsx';
import { attempt } from '../parts/deed.ts';
import { LabelEditor } from '../parts/label-editor.tsx';
import { Labels } from '../parts/labels.tsx';
import { None, Panel, Read } from '../parts/panel.tsx';
import { devicePath } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { createClaim, readClaims, revokeClaim } from '../wire.ts';
import { say } from '../words/say.ts';
import { Made } from './made.tsx';

type Claim = z.infer<typeof ClaimRow>;
type Fresh = z.infer<typeof ClaimMade>;

const always = () => true;

export function Enrolment() {
  const claims = useLive('claims', { read: readClaims, concerns: always });
  const [made, setMade] = useState<Fresh | null>(null);
  return (
    <>
      <PageHead title={say('enrol.title')} />
      <div class="page-columns">
        <Panel title={say('enrol.new')}>
          <p class="note">{say('enrol.text')}</p>
          <NewClaim
            onMade={(fresh) => {
              setMade(fresh);
              void claims.again();
            }}
          />
        </Panel>
        <Panel title={say('enrol.list')}>
          <Read shown={claims}>
            {(all) =>
              all.length === 0 ? (
                <None words={say('enrol.none')} icon="key" />
              ) : (
                <ul class="rows">
                  {inOrder(all).map((claim) => (
                    <Row key={claim.id} claim={claim} changed={claims.again} />
                  ))}
                </ul>
              )
            }
          </Read>
        </Panel>
      </div>
      {made && <Made made={made} onClose={() => setMade(null)} />}
    </>
  );
}

/** What can still be used stands first. */
const inOrder = (claims: readonly Claim[]): Claim[] =>
  [...claims].sort(
    (one, other) =>
      Number(other.state === 'open') - Number(one.state === 'open') || other.createdAt - one.createdAt,
  );

const lifetimes = ['3600', '86400', '604800', '2592000'] as const;
type Lifetime = (typeof lifetimes)[number];

function NewClaim({ onMade }: { onMade(made: Fresh): void }) {
  const [name, setName] = useState('');
  const [labels, setLabels] = useState<Record<string, string>>({});
  const [ttl, setTtl] = useState<Lifetime>('86400');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const isNameWrong = name.trim() !== '' && !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name.trim());
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isNameWrong) return;
    void attempt.run(async () => {
      const wished = name.trim() ? { name: name.trim() } : {};
      onMade(await createClaim({ ...wished, labels, ttlS: Number(ttl) }));
      setName('');
    });
  };
  return (
    <form class="stack" onSubmit={submit} noValidate>
      <LabelEditor labels={labels} onLabels={setLabels} />
      <Field
        label={say('enrol.name')}
        hint={say('enrol.nameHint')}
        wrong={isTried && isNameWrong ? say('enrol.nameWrong') : null}
        value={name}
        onValue={setName}
        maxLength={63}
      />
      <Choice<Lifetime>
        label={say('enrol.ttl')}
        value={ttl}
        options={lifetimes.map((one) => [one, say(`enrol.ttl.${one}`)] as const)}
        onValue={(chosen) => setTtl(chosen)}
      />
      {attempt.problem && <ProblemLine problem={attempt.problem} />}
      <div>
        <Button kind="main" type="submit" icon="plus" busy={attempt.busy}>
          {say('enrol.create')}
        </Button>
      </div>
    </form>
  );
}

const looks = { open: 'open', used: 'good', expired: 'faint', revoked: 'faint' } as const;

function Row({ claim, changed }: { claim: Claim; changed(): Promise<void> }) {
  const [isAsked, setAsked] = useState(false);
  const revoke = async () => {
    await revokeClaim(claim.id);
    showToast(say('enrol.revoked'));
    await changed();
  };
  return (
    <li class="row">
      <div class="row-words">
        <p class="row-title">
          <span class={`outcome outcome-${looks[claim.state]}`}>{say(`enrol.state.${claim.state}`)}</span>{' '}
          {claim.device ? (
            <a href={devicePath(claim.device)}>{claim.device}</a>
          ) : (
            <span>{claim.name ?? say('enrol.any')}</span>
          )}{' '}
          <Labels labels={claim.labels} asText />
        </p>
        <p class="row-note">
          <span>
            <Sentence words={say('enrol.by', { who: claim.createdBy })} at={claim.createdAt} />
          </span>
          {claim.state === 'open' && (
            <span>
              <Sentence words={say('enrol.until')} at={claim.expiresAt} />
            </span>
          )}
        </p>
      </div>
      {claim.state === 'open' && (
        <Button kind="plain" onClick={() => setAsked(true)}>
          {say('enrol.revoke')}
          <span class="unseen">{` #${claim.id}`}</span>
        </Button>
      )}
      {isAsked && (
        <Confirm
          title={say('enrol.revokeTitle')}
          text={say('enrol.revokeText')}
          confirm={say('enrol.revoke')}
          onConfirm={() => attempt(revoke)}
          onClose={() => setAsked(false)}
        />
      )}
    </li>
  );
}
