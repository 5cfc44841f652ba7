/** States as shapes: each differs by outline too, for eyes that see no red. */
import type { Presence } from '@rockpool/protocol/fleet/api';
import { say } from '../words/say.ts';
import type { Severity } from './gravity.ts';

const presencePaths: Record<Presence, string> = {
  online: 'M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z',
  degraded: 'M8 2.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Zm0 1.7v7a3.5 3.5 0 0 0 0-7Z',
  flapping: 'M2 9.2 4.6 4.6h1.5L8 9l1.9-4.4h1.5L14 9.2l-1.4 1.2-1.9-3L8.8 12H7.2L5.3 7.4l-1.9 3Z',
  offline: 'M8 2.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Zm0 1.7a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  never: 'M3 7.2h2.2v1.6H3Zm3.9 0h2.2v1.6H6.9Zm3.9 0H13v1.6h-2.2Z',
  revoked: 'm4.6 3.5 3.4 3.4 3.4-3.4 1.1 1.1L9.1 8l3.4 3.4-1.1 1.1L8 9.1l-3.4 3.4-1.1-1.1L6.9 8 3.5 4.6Z',
};

const severityPaths: Record<Severity, string> = {
  critical: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM7.2 4.3v4.9h1.6V4.3Zm0 6v1.6h1.6v-1.6Z',
  warning: 'M8 1.6 15 14H1ZM7.2 6v4h1.6V6Zm0 5.1v1.5h1.6v-1.5Z',
  notice: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Zm-.8 4.7v3.9h1.6V7.2Zm0-2.4v1.5h1.6V4.8Z',
};

function Mark({ of, d, size = 16 }: { of: string; d: string; size?: number | undefined }) {
  return (
    <svg
      class={`sign sign-${of}`}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
      focusable="false"
    >
      <path fill-rule="evenodd" d={d} />
    </svg>
  );
}

export const PresenceMark = ({ of, size }: { of: Presence; size?: number }) => (
  <Mark of={of} d={presencePaths[of]} size={size} />
);
export const SeverityMark = ({ of, size }: { of: Severity; size?: number }) => (
  <Mark of={of} d={severityPaths[of]} size={size} />
);

export function PresenceWords({ of }: { of: Presence }) {
  return (
    <span class={`state state-${of}`} title={say(`presence.${of}.text`)}>
      <PresenceMark of={of} />
      <span>{say(`presence.${of}`)}</span>
    </span>
  );
}

export function SeverityWords({ of, count }: { of: Severity; count?: number }) {
  return (
    <span class={`state state-${of}`}>
      <SeverityMark of={of} />
      <span>
        {count !== undefined && count > 1 ? `${say(`severity.${of}`)} · ${count}` : say(`severity.${of}`)}
      </span>
    </span>
  );
}
