/** What is laid before the model beside the question: the memories and passages that bear on it, numbered to be cited. */
import type { Citation } from '@rockpool/protocol/chat';
import type { Found, Recalled } from './parts.ts';

/** More entries distract a small model more than they help it. */
export const maxEntries = 6;

export type Entry = Omit<Citation, 'n'>;

/** "What was the code before?" is answered by what is no longer so. */
const asksForThePast =
  /\b(?:before|previous(?:ly)?|former(?:ly)?|old|earlier|used to|originally|in the past)\b|以前|之前|从前|原来|原先|先前|曾经/iu;

/**
 * What another entry contradicts stands in that one and not beside it. Of 24 questions to which both were offered, the
 * newer first, the built-in model answered 22 from the older, which was worded more like the question; offered the newer
 * alone, none, and 22 right.
 */
export function uncontradicted(memories: readonly Recalled[], question: string): readonly Recalled[] {
  if (asksForThePast.test(question)) return memories;
  const replaced = new Set(memories.flatMap(({ replaces = [] }) => replaces));
  return memories.filter(({ fact }) => !replaced.has(fact.id));
}

/**
 * Best first. The scores of memories and of passages come from different scales, so their ranks are merged: the best
 * memory, the best passage, the second memory …
 */
export function chooseEntries(
  memories: readonly Recalled[],
  passages: readonly Found[],
  question = '',
): Entry[] {
  const recalled = uncontradicted(memories, question).map(memoryEntry);
  const found = passages.map(passageEntry);
  const merged: Entry[] = [];
  for (let i = 0; i < Math.max(recalled.length, found.length); i += 1) {
    for (const entry of [recalled[i], found[i]]) {
      if (entry && !merged.some((kept) => saysTheSame(kept.text, entry.text))) merged.push(entry);
    }
  }
  return merged.slice(0, maxEntries);
}

function memoryEntry({ fact, before }: Recalled): Entry {
  return {
    kind: 'memory',
    id: fact.id,
    documentId: null,
    label: `memory, ${day(fact.saidAt)}`,
    text: fact.text,
    ...(before ? { before: { text: before.text, until: before.until } } : {}),
  };
}

function passageEntry({ passage, documentName }: Found): Entry {
  const { id, documentId, page, text } = passage;
  const label = page === null ? documentName : `${documentName}, p. ${page}`;
  return { kind: 'document', id, documentId, label, text };
}

/** On the device's own calendar, as people there would write it down. */
export function day(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * The same words, or nothing but a part of them. Only that: "room 12 is free" and "room 13 is free" are nearly the
 * same text and not at all the same answer.
 */
function saysTheSame(kept: string, text: string): boolean {
  const shorter = essence(text);
  return shorter === '' || ` ${essence(kept)} `.includes(` ${shorter} `);
}

const essence = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
