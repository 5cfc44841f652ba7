/** The sentences for files that can't be read: what is wrong, and what to do. */
import { Refusal } from '@rockpool/protocol/refusal';

export const unreadable = (sentence: string, cause?: unknown): Refusal =>
  new Refusal('unreadable-document', sentence, cause === undefined ? {} : { cause });

export const tooMuchText = (characters: number): Refusal =>
  unreadable(`It holds more than ${count(characters)} characters of text; split it and add the parts.`);

export const tooManyPages = (pages: number, limit: number): Refusal =>
  unreadable(`It has ${count(pages)} pages, and ${count(limit)} is the most; split it and add the parts.`);

export const damaged = (cause?: unknown): Refusal =>
  unreadable(
    'The file is damaged; open it in the program it comes from, save it again and add that copy.',
    cause,
  );

export const withoutText = (): Refusal =>
  unreadable('The file holds no text; check the original and add it again.');

/** Parsers throw whatever they like at broken input; to a person all of it means one thing. */
export const asProblem = (cause: unknown): Refusal => (cause instanceof Refusal ? cause : damaged(cause));

export const locked = (cause?: unknown): Refusal =>
  unreadable('It is protected by a password; save a copy without one and add that.', cause);

export const bomb = (): Refusal =>
  unreadable(
    'It unpacks to far more than a document holds; save it again in the program it comes from and add that copy.',
  );

const count = (n: number): string => n.toLocaleString('en');
