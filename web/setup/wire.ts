/** What the setup page asks of its device. */
import type { SetupProgress, SetupState } from '@rockpool/protocol/setup';
import { ask } from '../wire/http.ts';
import { garbled } from '../wire/problem.ts';

/** Enough to fail with a sentence; the device's own schemas guard the rest. */
function withFields<T>(...fields: (keyof T & string)[]) {
  return (value: unknown): T => {
    const isWhole = typeof value === 'object' && value !== null && fields.every((field) => field in value);
    if (!isWhole) throw garbled('setup');
    return value as T;
  };
}

const progressShape = withFields<SetupProgress>(
  'name',
  'phase',
  'steps',
  'needsClaim',
  'recovery',
  'authority',
);
const nothing = (): void => undefined;

export const readState = (): Promise<SetupState> =>
  ask('/setup/api/state', withFields<SetupState>('name', 'phase', 'waitS'));
export const readProgress = (): Promise<SetupProgress> => ask('/setup/api/progress', progressShape);
export const open = (code: string): Promise<SetupProgress> =>
  ask('/setup/api/open', progressShape, { method: 'POST', body: { code } });
export const start = (body: { name?: string; claim?: string; language: 'en' | 'zh' }): Promise<void> =>
  ask('/setup/api/start', nothing, { method: 'POST', body });
export const tellKept = (body: { places: number[]; words: string[] }): Promise<void> =>
  ask('/setup/api/kept', nothing, { method: 'POST', body });
export const unlock = (recoveryKey: string): Promise<void> =>
  ask('/setup/api/unlock', nothing, { method: 'POST', body: { recoveryKey } });

export interface Listening {
  close(): void;
}

/** Every change, for as long as the page is open; the browser connects again by itself. */
export function listen(hear: (progress: SetupProgress) => void, lost: () => void): Listening {
  const events = new EventSource('/setup/api/events');
  events.onmessage = (event) => hear(progressShape(JSON.parse(event.data)));
  events.onerror = lost;
  return events;
}
