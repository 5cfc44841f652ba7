/** How full memory is, how far its vectors are, and what to do when it is away. */
import type { MemorySpace, MemoryStatus } from '@rockpool/protocol/memory';
import { useEffect } from 'preact/hooks';
import { dayAndTime, number, percent, size } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { isAdmin } from '../shell/person.ts';
import { Card } from './card.tsx';
import type { Loaded } from './loaded.ts';

const pollMs = 2_000;

/** Read again while vectors are being made. */
export function useProgress({ value, again }: Loaded<MemoryStatus>): void {
  const waiting = value?.embedding?.waiting ?? 0;
  useEffect(() => {
    if (waiting === 0) return;
    const timer = window.setTimeout(() => void again(), pollMs);
    return () => window.clearTimeout(timer);
  }, [value]);
}

export function MemoryState({ status }: { status: MemoryStatus }) {
  const { mine, office, embedding } = status;
  if (!mine || !office) return null;
  const ready = embedding ? Math.max(0, embedding.facts - embedding.waiting) : 0;
  return (
    <Card title={t('memory.room')}>
      <div class="fill-rows">
        <Fill words={t('memory.mine')} space={mine} />
        {(office.facts > 0 || isAdmin.value) && <Fill words={t('memory.office')} space={office} />}
      </div>
      {embedding && embedding.waiting > 0 && (
        <div role="status">
          <p class="note">{t('memory.preparing', { ready: number(ready), all: number(embedding.facts) })}</p>
          <progress max={embedding.facts} value={ready} aria-label={t('memory.preparingLabel')} />
        </div>
      )}
    </Card>
  );
}

function Fill({ words, space }: { words: string; space: MemorySpace }) {
  const { facts, current, bytes, maxFacts, maxBytes } = space;
  // Whichever comes to its end first.
  const share = Math.max(facts / Math.max(1, maxFacts), bytes / Math.max(1, maxBytes));
  return (
    <div class="fill">
      <span class="fill-name">{words}</span>
      <meter
        class={share > 0.9 ? 'fill-bar fill-nearly' : 'fill-bar'}
        value={Math.min(1, share)}
        aria-label={t('memory.fill', { name: words, share: percent(share) })}
      />
      <span class="note">
        {t('memory.of', {
          facts: number(current),
          old: number(facts - current),
          most: number(maxFacts),
          bytes: size(bytes),
        })}
      </span>
    </div>
  );
}

export function MemoryIsAway({ away }: { away: NonNullable<MemoryStatus['away']> }) {
  return (
    <Card title={t('memory.awayTitle')}>
      <p role="alert">{t('memory.awayText', { when: dayAndTime(away.since) })}</p>
      {isAdmin.value ? (
        <>
          <p>{away.restore ? t('memory.awayRestore', { file: away.restore }) : t('memory.awayNone')}</p>
          <pre class="example">
            <code>npx rockpool memory restore{away.restore ? '' : ' FILE'}</code>
          </pre>
          <p class="note">{away.why}</p>
        </>
      ) : (
        <p>{t('memory.awayAsk')}</p>
      )}
    </Card>
  );
}
