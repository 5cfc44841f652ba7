/** A time as one reads it at a glance, with the exact one behind it. */
import { signal } from '@preact/signals';
import { moment, relative } from '../measures.ts';
import { say } from '../words/say.ts';

const tickMs = 5_000;
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, tickMs);

/** `at` by the controller's clock; one that is a little ahead is "just now", not the future. */
export function Ago({ at }: { at: number }) {
  const isNow = Math.abs(now.value - at) < tickMs;
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {isNow ? say('time.now') : relative(at, now.value)}
    </time>
  );
}

export function Exactly({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{moment(at)}</time>;
}
