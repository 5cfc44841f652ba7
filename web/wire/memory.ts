/** What the page asks about memory. */
import type { Fact, FactScope, FullFact, MemoryStatus } from '@rockpool/protocol/memory';
import type { MemoryNight } from '@rockpool/protocol/nights';
import { ask } from './http.ts';
import {
  fact,
  forgotten,
  fullFact,
  imported,
  listUnder,
  memoryNight,
  memoryStatus,
  nightRestored,
  nothing,
} from './shapes.ts';

export interface FactSearch {
  words: string;
  scope: FactScope | 'all';
  history: boolean;
}

export function listFacts({ words, scope, history }: FactSearch, signal: AbortSignal): Promise<FullFact[]> {
  const query = new URLSearchParams();
  if (words) query.set('q', words);
  if (scope !== 'all') query.set('scope', scope);
  if (history) query.set('history', 'true');
  return ask(`/api/memory?${query}`, listUnder('facts', fullFact), { signal });
}

export const addFact = (text: string, scope: FactScope): Promise<Fact> =>
  ask('/api/memory', fact, { method: 'POST', body: { text, scope } });
export interface FactChange {
  text?: string;
  scope?: FactScope;
  confirmed?: true;
  pinned?: boolean;
}
export const changeFact = (id: number, body: FactChange): Promise<Fact> =>
  ask(`/api/memory/${id}`, fact, { method: 'PATCH', body });
export const forgetFact = (id: number): Promise<void> =>
  ask(`/api/memory/${id}`, nothing, { method: 'DELETE' });
export const forgetEverything = (): Promise<{ forgotten: number }> =>
  ask('/api/memory', forgotten, { method: 'DELETE' });
export const importFacts = (exported: unknown): Promise<{ added: number; skipped: number }> =>
  ask('/api/memory/import', imported, { method: 'POST', body: exported });
export const readMemoryStatus = (): Promise<MemoryStatus> => ask('/api/memory/status', memoryStatus);
export const listNights = (): Promise<MemoryNight[]> =>
  ask('/api/memory/nights', listUnder('nights', memoryNight));
export const undoNight = (night: number): Promise<{ restored: number }> =>
  ask(`/api/memory/nights/${night}/undo`, nightRestored, { method: 'POST', body: { whose: 'mine' } });
export const memoryExportPath = (format: 'json' | 'markdown', sessions: boolean): string =>
  `/api/memory/export?${new URLSearchParams({ format, sessions: String(sessions) })}`;
