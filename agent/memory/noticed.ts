/** What a message asks of memory. */

export interface ToRemember {
  /** A sentence that stands alone. */
  text: string;
  /** It was said to put the previous exchange's fact right. */
  corrects: boolean;
}

export interface ToForget {
  /** What it is about, as it was said; null: the fact that was just spoken of. */
  about: string | null;
  /** Everything about it, not only the one fact. */
  everything: boolean;
}

export interface Noticed {
  /** What was asked outright; null when nothing was, also if a plain statement is remembered. */
  command: 'remember' | 'forget' | null;
  remember: ToRemember[];
  forget: ToForget[];
}

/** How one sentence bears on memory. */
export type Reading =
  | { kind: 'remember'; text: string }
  /** "Remember this:": what follows is meant. */
  | { kind: 'remember-next' }
  /** "Remember that.": what came before is meant. */
  | { kind: 'remember-previous' }
  /** "Don't remember this." */
  | { kind: 'never' }
  | { kind: 'forget'; about: string | null; everything: boolean }
  | { kind: 'statement'; text: string }
  | { kind: 'correction'; value: string; not: string | null }
  /** "No, the code is 4472": a correction when the fact just spoken of is about the same; `plain` stands by itself. */
  | { kind: 'restated'; text: string; plain: boolean }
  /** Text to work on follows or precedes: "Translate this:". */
  | { kind: 'task' }
  | { kind: 'nothing' };

export const nothing: Reading = { kind: 'nothing' };
