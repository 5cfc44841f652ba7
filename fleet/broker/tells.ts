/** What a broker counts of its refusals, and tells now and then. */
import type { Clock } from '../host/clock.ts';
import { createSeldom } from '../host/seldom.ts';
import type { BrokerEvent } from './broker.ts';

export interface Tells {
  refused(device: string | null, reason: string, from?: string): void;
  cloned(device: string): void;
  lost(because: string): void;
  counts(): Readonly<Record<string, number>>;
}

export function createTells(clock: Clock, tell: (event: BrokerEvent) => void): Tells {
  const counts: Record<string, number> = {};
  const mayTell = createSeldom(clock);
  return {
    refused(device, reason, from) {
      counts[reason] = (counts[reason] ?? 0) + 1;
      if (!mayTell(`${reason} ${device ?? from ?? ''}`)) return;
      tell({ ...{ kind: 'refused', device, reason }, ...(from === undefined ? {} : { from }) });
    },
    cloned(device) {
      counts['cloned'] = (counts['cloned'] ?? 0) + 1;
      if (mayTell(`cloned ${device}`)) tell({ kind: 'cloned', device });
    },
    lost(because) {
      if (mayTell(`lost ${because}`)) tell({ kind: 'lost', because });
    },
    counts: () => ({ ...counts }),
  };
}
