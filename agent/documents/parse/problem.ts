/** The sentences for files that can't be read: what is wrong, and what to do. */
import type { DocumentProblem } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';

export class Unreadable extends Refusal {
  readonly problem: DocumentProblem;

  constructor(problem: DocumentProblem, sentence: string, cause?: unknown) {
    super('unreadable-document', sentence, cause === undefined ? {} : { cause });
    this.problem = problem;
  }
}

export const tooMuchText = (characters: number): Unreadable =>
  new Unreadable(
    'too-much-text',
    `It holds more than ${count(characters)} characters of text; split it and add the parts.`,
  );

export const tooManyPages = (pages: number, limit: number): Unreadable =>
  new Unreadable(
    'too-many-pages',
    `It has ${count(pages)} pages, and ${count(limit)} is the most; split it and add the parts.`,
  );

export const damaged = (cause?: unknown): Unreadable =>
  new Unreadable(
    'damaged',
    'The file is damaged; open it in the program it comes from, save it again and add that copy.',
    cause,
  );

export const empty = (): Unreadable =>
  new Unreadable('empty', 'The file is empty; check the original and add it again.');

export const withoutText = (): Unreadable =>
  new Unreadable('no-text', 'The file holds no text; check the original and add it again.');

export const scan = (): Unreadable =>
  new Unreadable(
    'scan',
    'It holds pictures of pages but no text, as scans do; run text recognition (OCR) on it and add the result.',
  );

/** Parsers throw whatever they like at broken input; to a person all of it means one thing. */
export const asProblem = (cause: unknown): Unreadable =>
  cause instanceof Unreadable ? cause : damaged(cause);

export const locked = (cause?: unknown): Unreadable =>
  new Unreadable('locked', 'It is protected by a password; save a copy without one and add that.', cause);

export const bomb = (): Unreadable =>
  new Unreadable(
    'unpacks-too-far',
    'It unpacks to far more than a document holds; save it again in the program it comes from and add that copy.',
  );

export const otherFormat = (what: string, format: string): Unreadable =>
  new Unreadable('other-format', `${what}; save it as ${format} and add that.`);

export const archive = (): Unreadable =>
  new Unreadable('archive', 'This is an archive; unpack it and add the documents in it.');

export const picture = (): Unreadable =>
  new Unreadable('picture', 'This is a picture, and text in pictures is not read; add the document itself.');

export const recording = (): Unreadable =>
  new Unreadable('recording', 'This is a recording, and speech is not read; add what was said as text.');

export const noDocument = (readable: string): Unreadable =>
  new Unreadable('no-document', `This is no document that can be read; add it as ${readable}.`);

const count = (n: number): string => n.toLocaleString('en');
