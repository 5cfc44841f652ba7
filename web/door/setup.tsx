/** The first five minutes: the code from the console, the first account, three things worth knowing. */
import type { Person } from '@rockpool/protocol/people';
import { useState } from 'preact/hooks';
import type { Key } from '../i18n/en.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { navigate } from '../shell/navigation.ts';
import { device, entered } from '../shell/person.ts';
import { setUp } from '../wire/people.ts';
import { AccountFields } from './account-fields.tsx';
import { Door } from './door.tsx';

const steps = 3;

export function Setup() {
  const [code, setCode] = useState(codeInAddress);
  const [step, setStep] = useState(1);
  const [person, setPerson] = useState<Person | null>(null);
  if (!device.value?.needsSetup && !person) return <AlreadyDone />;
  return (
    <Door>
      <p class="steps" aria-label={t('setup.step', { n: step, total: steps })} role="img">
        {Array.from({ length: steps }, (_, place) => (
          <span key={place} class={place < step ? 'step step-done' : 'step'} />
        ))}
      </p>
      {step === 1 && <CodeStep code={code} setCode={setCode} next={() => setStep(2)} />}
      {step === 2 && (
        <>
          <h1>{t('setup.youTitle')}</h1>
          <p class="lead">{t('setup.youText')}</p>
          <AccountFields
            withName
            submit={t('setup.submit')}
            back={() => setStep(1)}
            onSubmit={async (account) => {
              setPerson(await setUp({ code: code.trim(), ...account }));
              setStep(3);
            }}
          />
        </>
      )}
      {step === 3 && person && <DoneStep person={person} />}
    </Door>
  );
}

/** `#setup=7KQM-2XWR`, by which the page that set the device up hands over; a fragment is sent to nobody. */
function codeInAddress(): string {
  const code = new URLSearchParams(location.hash.slice(1)).get('setup') ?? '';
  // Not left in the address, where the next person at this browser would find it.
  if (code) history.replaceState(null, '', location.pathname);
  return code;
}

function CodeStep({ code, setCode, next }: { code: string; setCode(code: string): void; next(): void }) {
  const [tried, setTried] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (code.trim()) next();
  };
  return (
    <>
      <h1>{t('setup.codeTitle')}</h1>
      <p class="lead">{t('setup.codeText')}</p>
      <form class="stack" onSubmit={submit} noValidate>
        <Field
          label={t('setup.code')}
          value={code}
          onValue={setCode}
          wrong={tried && !code.trim() ? t('door.required') : null}
          autoComplete="one-time-code"
          maxLength={64}
          code
          focus
        />
        <Button kind="main" type="submit">
          {t('setup.next')}
        </Button>
      </form>
    </>
  );
}

const worthKnowing: readonly (readonly [IconName, Key])[] = [
  ['memory', 'setup.done1'],
  ['document', 'setup.done2'],
  ['shield', 'setup.done3'],
];

function DoneStep({ person }: { person: Person }) {
  return (
    <>
      <h1>{t('setup.doneTitle', { name: person.name })}</h1>
      <p class="lead">{t('setup.doneText')}</p>
      <ul class="worth">
        {worthKnowing.map(([icon, words]) => (
          <li key={words}>
            <Icon name={icon} />
            <span>{t(words)}</span>
          </li>
        ))}
      </ul>
      <Button kind="main" onClick={() => void entered(person, '/')}>
        {t('setup.enter')}
      </Button>
    </>
  );
}

function AlreadyDone() {
  return (
    <Door>
      <h1>{t('setup.title')}</h1>
      <p class="lead">{t('setup.done')}</p>
      <Button kind="main" onClick={() => navigate('/', 'replace')}>
        {t('setup.enter')}
      </Button>
    </Door>
  );
}
