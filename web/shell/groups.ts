/** Sessions under the headings people look for them: pinned, today, yesterday, last 7 days, older. */
import type { Session } from '@rockpool/protocol/chat';

export type GroupName = 'pinned' | 'today' | 'yesterday' | 'week' | 'older';
export interface Group {
  name: GroupName;
  sessions: Session[];
}

const order: readonly GroupName[] = ['pinned', 'today', 'yesterday', 'week', 'older'];

export function grouped(sessions: readonly Session[], now: Date): Group[] {
  const newestFirst = [...sessions].sort((one, other) => other.updatedAt - one.updatedAt);
  return order
    .map((name) => ({ name, sessions: newestFirst.filter((session) => groupOf(session, now) === name) }))
    .filter((group) => group.sessions.length > 0);
}

function groupOf(session: Session, now: Date): GroupName {
  if (session.pinned) return 'pinned';
  // By calendar day of the reader, so "yesterday" changes at midnight and not 24 hours later.
  if (session.updatedAt >= midnight(now, 0)) return 'today';
  if (session.updatedAt >= midnight(now, 1)) return 'yesterday';
  return session.updatedAt >= midnight(now, 7) ? 'week' : 'older';
}

const midnight = (now: Date, daysBefore: number): number =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBefore).getTime();
