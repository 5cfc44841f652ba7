/** What the page asks about memory. */
import type { Fact, FactScope } from '@rockpool/protocol/memory';
import { ask } from './http.ts';
import { fact, forgotten, imported, listUnder, nothing } from './shapes.ts';

export interface FactSearch {
  words: string;
  scope: FactScope | 'all';
  history: boolean;
}

export function listFacts({ words, scope, history }: FactSearch, signal: AbortSignal): Promise<Fact[]> {
  const query = new URLSearchParams();
  if (words) query.set('q', words);
  if (scope !== 'all') query.set('scope', scope);
  if (history) query.set('history', 'true');
  return ask(`/api/memory?${query}`, listUnder('facts', fact), { signal });
}

export const addFact = (text: string, scope: FactScope): Promise<Fact> =>
  ask('/api/memory', fact, { method: 'POST', body: { text, scope } });
export const changeFact = (id: number, body: { text?: string; scope?: FactScope }): Promise<Fact> =>
  ask(`/api/memory/${id}`, fact, { method: 'PATCH', body });
export const forgetFact = (id: number): Promise<void> =>
  ask(`/api/memory/${id}`, nothing, { method: 'DELETE' });
export const forgetEverything = (): Promise<{ forgotten: number }> =>
  ask('/api/memory', forgotten, { method: 'DELETE' });
export const importFacts = (exported: unknown): Promise<{ added: number; skipped: number }> =>
  ask('/api/memory/import', imported, { method: 'POST', body: exported });
export const memoryExportPath = '/api/memory/export';
