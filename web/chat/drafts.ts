/** What was typed and not sent, kept for each session until the device has it. */
import { keep, kept } from '../shell/kept.ts';

const name = (sessionId: string | null) => `draft.${sessionId ?? 'new'}`;

export const draftOf = (sessionId: string | null): string => kept(name(sessionId)) ?? '';
export const keepDraft = (sessionId: string | null, text: string): void => keep(name(sessionId), text);
