/** API keys: made with scopes, shown once, revoked at any time. */
import type { Key, NewKey, Scope } from '@rockpool/protocol/people';
import { useState } from 'preact/hooks';
import { ago, day } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Field, Tick } from '../parts/field.tsx';
import { device } from '../shell/person.ts';
import { createKey, listKeys, revokeKey } from '../wire/people.ts';
import { Card, Row, Rows } from './card.tsx';
import { attempt, useLoaded } from './loaded.ts';

const scopes: readonly Scope[] = ['all', 'chat', 'embeddings', 'models'];

export function Keys() {
  const keys = useLoaded(listKeys);
  const [made, setMade] = useState<NewKey | null>(null);
  const create = async (label: string, wanted: Scope[]) => {
    setMade(await createKey(label, wanted));
    await keys.again();
  };
  return (
    <>
      <p class="lead">{t('apikeys.text')}</p>
      <Card title={t('apikeys.new')}>
        <NewKeyForm create={(label, wanted) => attempt(() => create(label, wanted))} />
      </Card>
      <Card title={t('apikeys.yours')}>
        <Rows
          loaded={keys}
          icon="key"
          none={t('apikeys.none')}
          row={(key) => <KeyRow key={key.id} apiKey={key} changed={keys.again} />}
        />
      </Card>
      {made && <MadeKey made={made} onClose={() => setMade(null)} />}
    </>
  );
}

function NewKeyForm({ create }: { create(label: string, wanted: Scope[]): void }) {
  const [label, setLabel] = useState('');
  const [wanted, setWanted] = useState<readonly Scope[]>(['all']);
  const all = wanted.includes('all');
  const tick = (scope: Scope, on: boolean) => {
    if (scope === 'all') setWanted(on ? ['all'] : ['chat']);
    else setWanted(on ? [...wanted, scope] : wanted.filter((one) => one !== scope));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!label.trim() || wanted.length === 0) return;
    create(label.trim(), [...wanted]);
    setLabel('');
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label={t('apikeys.label')}
        hint={t('apikeys.labelHint')}
        value={label}
        onValue={setLabel}
        maxLength={100}
      />
      <fieldset class="choice">
        <legend class="field-label">{t('apikeys.scopes')}</legend>
        <div class="ticks">
          {scopes.map((scope) => (
            <Tick
              key={scope}
              label={t(`apikeys.${scope}`)}
              value={all || wanted.includes(scope)}
              disabled={all && scope !== 'all'}
              onValue={(on) => tick(scope, on)}
            />
          ))}
        </div>
      </fieldset>
      <div>
        <Button kind="main" type="submit" icon="plus" disabled={!label.trim() || wanted.length === 0}>
          {t('apikeys.create')}
        </Button>
      </div>
    </form>
  );
}

function KeyRow({ apiKey, changed }: { apiKey: Key; changed(): Promise<void> }) {
  const [revoking, setRevoking] = useState(false);
  const { label, hint, createdAt, lastUsedAt } = apiKey;
  const revoke = async () => {
    await revokeKey(apiKey.id);
    await changed();
  };
  const used = lastUsedAt === null ? t('apikeys.never') : t('apikeys.used', { when: ago(lastUsedAt) });
  return (
    <Row
      icon="key"
      title={
        <>
          {label} <code class="hint">{hint}</code>
        </>
      }
      note={`${apiKey.scopes.map((scope) => t(`apikeys.${scope}`)).join(', ')} · ${t('apikeys.created', { when: day(createdAt) })} · ${used}`}
    >
      <Button kind="plain" onClick={() => setRevoking(true)}>
        {t('apikeys.revoke')}
      </Button>
      {revoking && (
        <Confirm
          title={t('apikeys.revokeTitle', { label })}
          text={t('apikeys.revokeText')}
          confirm={t('apikeys.revoke')}
          onConfirm={() => attempt(revoke)}
          onClose={() => setRevoking(false)}
        />
      )}
    </Row>
  );
}

function MadeKey({ made, onClose }: { made: NewKey; onClose(): void }) {
  const curl = example(made.key, device.value?.model?.id ?? 'pebble');
  return (
    <Dialog title={t('apikeys.ready', { label: made.label })} onClose={onClose}>
      <p class="dialog-text">{t('apikeys.once')}</p>
      <code class="secret">{made.key}</code>
      <h3 class="card-sub">{t('apikeys.try')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so a keyboard must reach them */}
      <pre class="example" tabIndex={0}>
        {curl}
      </pre>
      <div class="dialog-acts">
        <CopyButton wide text={made.key} label={t('apikeys.copy')} />
        <Button kind="main" onClick={onClose}>
          {t('act.done')}
        </Button>
      </div>
    </Dialog>
  );
}

const example = (key: string, model: string): string =>
  [
    `curl ${location.origin}/v1/chat/completions \\`,
    `  -H 'authorization: Bearer ${key}' \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n');
