/** What the page asks about sessions. */
import type { SearchHit, Session, SessionWithMessages } from '@rockpool/protocol/chat';
import { ask } from './http.ts';
import { listUnder, nothing, searchHit, session, sessionWithMessages } from './shapes.ts';

export interface SessionChange {
  title?: string;
  pinned?: boolean;
  archived?: boolean;
  leaf?: number;
}

const at = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

export const listSessions = (archived: boolean): Promise<Session[]> =>
  ask(`/api/sessions?archived=${archived}`, listUnder('sessions', session));
export const createSession = (): Promise<Session> =>
  ask('/api/sessions', session, { method: 'POST', body: {} });
export const openSession = (id: string): Promise<SessionWithMessages> => ask(at(id), sessionWithMessages);
export const changeSession = (id: string, body: SessionChange): Promise<Session> =>
  ask(at(id), session, { method: 'PATCH', body });
export const deleteSession = (id: string): Promise<void> => ask(at(id), nothing, { method: 'DELETE' });
export const searchSessions = (words: string, signal: AbortSignal): Promise<SearchHit[]> =>
  ask(`/api/search?q=${encodeURIComponent(words)}`, listUnder('hits', searchHit), { signal });
export const exportPath = (id: string, format: 'markdown' | 'json'): string =>
  `${at(id)}/export?format=${format}`;
