/** The line that says what the device is doing about a question. */
import { percent, span } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import type { Doing } from './transcript.ts';

export function Activity({ doing }: { doing: Doing }) {
  return (
    <div class="activity">
      <span class="ripple" aria-hidden="true" />
      <span class="activity-words">{words(doing)}</span>
      {doing.what === 'reading' && doing.share !== null && (
        <progress max={1} value={doing.share} aria-label={t('doing.reading')} />
      )}
    </div>
  );
}

function words(doing: Doing): string {
  switch (doing.what) {
    case 'queued': {
      const place = count('doing.queued', doing.place);
      return doing.waitMs === null
        ? place
        : `${place}, ${t('doing.wait', { time: span(doing.waitMs / 1000) })}`;
    }
    case 'updating':
      return count('doing.updating', doing.place);
    case 'reading':
      return doing.share === null
        ? t('doing.reading')
        : t('doing.readingPart', { percent: percent(doing.share) });
    default:
      return t(`doing.${doing.what}`);
  }
}
