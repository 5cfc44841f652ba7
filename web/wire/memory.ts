/** What the page asks about memory. */
import type { Fact, FactKind, FactScope, FullFact, MemoryStatus } from '@rockpool/protocol/memory';
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
  kind: FactKind | 'all';
  /** A day, as a date field has it; empty: from the first on. */
  since: string;
  history: boolean;
}

export function listFacts(
  { words, scope, kind, since, history }: FactSearch,
  signal: AbortSignal,
): Promise<FullFact[]> {
  const query = new URLSearchParams();
  if (words) query.set('q', words);
  if (scope !== 'all') query.set('scope', scope);
  if (kind !== 'all') query.set('kind', kind);
  if (since) query.set('since', since);
  if (history) query.set('history', 'true');
  return ask(`/api/memory?${query}`, listUnder('facts', fullFact), { signal });
}

/** Whom a fact reaches; `group` when it is one's people. */
export interface FactSharing {
  scope: FactScope;
  group?: number;
}
export const addFact = (text: string, sharing: FactSharing): Promise<Fact> =>
  ask('/api/memory', fact, { method: 'POST', body: { text, ...sharing } });
export interface FactChange extends Partial<FactSharing> {
  text?: string;
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
