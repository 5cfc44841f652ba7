/** The list of sessions beside the chat, and what can be done to one. */

import { signal } from '@preact/signals';
import type { Session } from '@rockpool/protocol/chat';
import { t } from '../i18n/language.ts';
import { showProblem, showToast } from '../parts/toast.tsx';
import { asProblem } from '../wire/problem.ts';
import { changeSession, deleteSession, listSessions, type SessionChange } from '../wire/sessions.ts';
import { keep } from './kept.ts';

export const sessions = signal<readonly Session[] | null>(null);
export const showsArchived = signal(false);

export async function refreshSessions(): Promise<void> {
  try {
    const archived = showsArchived.value;
    const listed = await listSessions(archived);
    if (archived === showsArchived.value) sessions.value = listed;
  } catch (cause) {
    showProblem(asProblem(cause));
  }
}

export async function listArchived(archived: boolean): Promise<void> {
  showsArchived.value = archived;
  sessions.value = null;
  await refreshSessions();
}

/** A session that a turn has just changed takes its place in the list. */
export function placeSession(session: Session): void {
  const others = (sessions.value ?? []).filter((one) => one.id !== session.id);
  sessions.value = session.archived === showsArchived.value ? [session, ...others] : others;
}

/** @returns the session as it is now, or null when the device said no */
export async function change(session: Session, how: SessionChange): Promise<Session | null> {
  try {
    const changed = await changeSession(session.id, how);
    const listed = (sessions.value ?? []).map((one) => (one.id === changed.id ? changed : one));
    sessions.value = listed.filter((one) => one.archived === showsArchived.value);
    if (how.archived) {
      showToast(
        t('session.archivedNow'),
        () => void change(changed, { archived: false }).then(refreshSessions),
      );
    }
    return changed;
  } catch (cause) {
    showProblem(asProblem(cause));
    return null;
  }
}

export async function remove(session: Session): Promise<boolean> {
  try {
    await deleteSession(session.id);
    sessions.value = (sessions.value ?? []).filter((one) => one.id !== session.id);
    keep(`draft.${session.id}`, null);
    showToast(t('session.deleted'));
    return true;
  } catch (cause) {
    showProblem(asProblem(cause));
    return false;
  }
}
