/** Step 4: the recovery key, shown once in three forms and on paper, and the proof that it was written down. */
import type { SetupProgress } from '@rockpool/protocol/setup';
import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { progress } from './device.ts';
import { Fault, Field, useAttempt } from './form.tsx';
import { Frame } from './frame.tsx';
import { Qr } from './qr.tsx';
import { tellKept } from './wire.ts';
import { locale, say } from './words/say.ts';

type Recovery = NonNullable<SetupProgress['recovery']>;

export function RecoveryStep({ recovery }: { recovery: Recovery }) {
  const [isWritten, setWritten] = useState(false);
  const [places] = useState(() => twoPlaces(recovery.words.length));
  if (isWritten) return <KeptStep places={places} back={() => setWritten(false)} />;
  return (
    <Frame title={say('recovery.title')} step={4} wide>
      <p class="lead">{say('recovery.text')}</p>
      <Paper recovery={recovery} />
      <div class="setup-keep">
        <Icon name="shield" />
        <div>
          <h2>{say('recovery.keepTitle')}</h2>
          <p>{say('recovery.keepText')}</p>
        </div>
      </div>
      <div class="door-acts">
        <Button icon="document" onClick={() => window.print()}>
          {say('recovery.print')}
        </Button>
        <Button kind="main" onClick={() => setWritten(true)}>
          {say('recovery.next')}
        </Button>
      </div>
    </Frame>
  );
}

/** What is printed, too. */
function Paper({ recovery: { words, key, qr } }: { recovery: Recovery }) {
  const name = progress.value?.name ?? '';
  const date = new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(new Date());
  return (
    <div class="paper">
      <div class="paper-head">
        <p class="paper-title">{say('recovery.printTitle', { name })}</p>
        <p>{say('recovery.printText', { date })}</p>
      </div>
      <section>
        <h2>{say('recovery.words')}</h2>
        <ol class="words" lang="en" translate={false}>
          {words.map((word, place) => (
            <li key={`${place} ${word}`}>
              <span class="words-place" aria-hidden="true">
                {place + 1}
              </span>
              {word}
            </li>
          ))}
        </ol>
      </section>
      <div class="paper-forms">
        <section>
          <h2>{say('recovery.letters')}</h2>
          <p class="letters" lang="en" translate={false}>
            {key.split('-').map((group, place, all) => (
              <span key={`${place} ${group}`}>
                {group}
                {place < all.length - 1 ? '-' : ''}
              </span>
            ))}
          </p>
        </section>
        <section>
          <h2>{say('recovery.qr')}</h2>
          <Qr modules={qr} label={say('recovery.qrLabel')} />
        </section>
      </div>
      <p class="paper-foot">
        {say('recovery.keepTitle')}. {say('recovery.keepText')}
      </p>
    </div>
  );
}

function KeptStep({ places, back }: { places: readonly [number, number]; back(): void }) {
  const [words, setWords] = useState<[string, string]>(['', '']);
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const isWrong = attempt.problem?.code === 'bad-request';
  const send = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const plain = words.map((word) => word.trim().toLowerCase());
    if (plain.every(Boolean)) void attempt.run(() => tellKept({ places: [...places], words: plain }));
  };
  return (
    <Frame title={say('kept.title')} step={4}>
      <p class="lead">{say('kept.text')}</p>
      <form class="stack" onSubmit={send} noValidate>
        {places.map((place, i) => (
          <Field
            key={place}
            label={say('kept.word', { n: place + 1 })}
            value={words[i] ?? ''}
            onValue={(word) => setWords(i === 0 ? [word, words[1]] : [words[0], word])}
            wrong={tried && !words[i]?.trim() ? say('page.required') : null}
            maxLength={16}
            focus={i === 0}
          />
        ))}
        {attempt.problem && !isWrong && <Fault problem={attempt.problem} />}
        {isWrong && (
          <p class="problem" role="alert">
            {say('kept.wrong')}
          </p>
        )}
        <div class="door-acts">
          <Button onClick={back}>{say('kept.back')}</Button>
          <Button kind="main" type="submit" busy={attempt.busy}>
            {say('kept.submit')}
          </Button>
        </div>
      </form>
    </Frame>
  );
}

/** One of each half: who wrote only the first line down is asked for the last one too. */
function twoPlaces(count: number): [number, number] {
  const half = count / 2;
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [a % half, half + (b % half)];
}
