/** How many devices are in which state: one bar for the eye, its numbers as links for the hand. */
import type { Overview, Presence } from '@rockpool/protocol/fleet/api';
import { number } from '../../i18n/amounts.ts';
import { PresenceMark } from '../parts/marks.tsx';
import { presences } from '../parts/presences.ts';
import { devicesPath } from '../routes.ts';
import { say } from '../words/say.ts';

export function PresenceBar({ counts, total }: { counts: Overview['counts']; total: number }) {
  if (total === 0) return null;
  const shown = presences.filter((state) => counts[state] > 0);
  return (
    <section class="presence" aria-label={say('overview.counts')}>
      <svg
        class="presence-bar"
        viewBox="0 0 1000 10"
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {segments(shown, counts, total).map(({ state, x, width }) => (
          <rect key={state} class={`fill-${state}`} x={x} y="0" width={width} height="10" />
        ))}
      </svg>
      <ul class="presence-counts">
        {shown.map((state) => (
          <li key={state}>
            <a href={devicesPath({ presence: state })} title={say(`presence.${state}.text`)}>
              <PresenceMark of={state} />
              <strong>{number(counts[state])}</strong>
              <span>{say(`presence.${state}`)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One of thousands is still a line that one sees. */
const least = 4;
const gap = 2;

function segments(shown: readonly Presence[], counts: Overview['counts'], total: number) {
  const room = 1000 - gap * (shown.length - 1);
  const wanted = shown.map((state) => Math.max(least, (counts[state] / total) * room));
  const scale = room / wanted.reduce((sum, width) => sum + width, 0);
  let x = 0;
  return shown.map((state, place) => {
    const width = (wanted[place] ?? 0) * scale;
    const segment = { state, x, width };
    x += width + gap;
    return segment;
  });
}
