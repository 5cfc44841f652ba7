/** What was tidied in memory at night, and taking it back. */
import type { MemoryNight } from '@rockpool/protocol/nights';
import { dayAndTime, number } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { showToast } from '../parts/toast.tsx';
import { listNights, undoNight } from '../wire/memory.ts';
import { Card, Row } from './card.tsx';
import { attempt, useLoaded } from './loaded.ts';

/** Older ones are for the command line. */
const shown = 5;

export function MemoryNights({ changed }: { changed(): void }) {
  const nights = useLoaded(listNights);
  const told = (nights.value ?? []).filter(
    ({ whose, merged, compacted, evicted, refused, undone }) =>
      whose === 'mine' && merged + compacted + evicted + refused + undone > 0,
  );
  if (told.length === 0) return null;
  return (
    <Card title={t('memory.nights')}>
      <p class="note">{t('memory.nightsText')}</p>
      <ul class="rows">
        {told.slice(0, shown).map((night) => (
          <Night
            key={night.night}
            night={night}
            undone={() => {
              void nights.again();
              changed();
            }}
          />
        ))}
      </ul>
    </Card>
  );
}

function Night({ night, undone }: { night: MemoryNight; undone(): void }) {
  const { merged, compacted, evicted } = night;
  const when = dayAndTime(night.beganAt);
  const undo = () =>
    attempt(async () => {
      const { restored } = await undoNight(night.night);
      showToast(t('memory.nightUndone', { count: number(restored) }));
      undone();
    });
  return (
    <Row title={when} note={words(night)}>
      {merged + compacted + evicted > 0 && <Button onClick={undo}>{t('memory.nightUndo')}</Button>}
    </Row>
  );
}

function words({ merged, compacted, evicted, refused, undone }: MemoryNight): string {
  if (undone > 0) return t('memory.nightWasUndone');
  if (refused > 0) return t('memory.nightRefused');
  return t('memory.nightDid', {
    merged: number(merged),
    old: number(compacted),
    room: number(evicted),
  });
}
