/** What a message asks of memory: to remember, to put right, to forget, or nothing. Reads the message, touches nothing. */
import { maxFactChars } from '@rockpool/protocol/memory';
import { readChinese } from './chinese.ts';
import { correctedBy } from './correction.ts';
import { readEnglish } from './english.ts';
import { type Noticed, nothing, type Reading, type ToForget, type ToRemember } from './noticed.ts';
import { sentencesOf, standalone } from './sentences.ts';
import { subjectOf } from './subject.ts';

/** What is said outright may be longer than a sentence, but it is no document. */
const outrightChars = Math.min(1_000, maxFactChars);
/** More in one message than a person says: a list that was pasted. */
const maxFacts = 10;

/** @param last the fact that the previous exchange was about: what "No, it's 4472" corrects and "Forget that" means */
export function notice(message: string, last?: string): Noticed {
  const { sentences, plain } = sentencesOf(message);
  const noticing = new Noticing(plain, last);
  for (const sentence of sentences) noticing.hear(sentence, read(sentence));
  return noticing.noticed();
}

/** By the script of the first letter that decides: 记住: the code is 4471. */
function read(sentence: string): Reading {
  if (sentence.length > outrightChars) return nothing;
  const chinese = /\p{Script=Han}/u.test(sentence);
  const reading = chinese ? readChinese(sentence) : readEnglish(sentence);
  return chinese && reading.kind === 'nothing' ? readEnglish(sentence) : reading;
}

class Noticing {
  readonly #plain: boolean;
  readonly #last: string | undefined;
  #remember: (ToRemember & { outright: boolean })[] = [];
  #forget: ToForget[] = [];
  #previous: string | undefined;
  #next = false;
  #task = false;

  constructor(plain: boolean, last: string | undefined) {
    this.#plain = plain;
    this.#last = last;
  }

  hear(sentence: string, reading: Reading): void {
    const previous = this.#previous;
    this.#previous = sentence;
    switch (reading.kind) {
      case 'remember':
        this.#keep(reading.text, true);
        break;
      case 'remember-next':
        this.#next = true;
        break;
      case 'remember-previous':
        if (previous !== undefined && !/[?？]\s*$/u.test(previous)) this.#keep(previous, true);
        break;
      case 'never':
        this.#remember = [];
        this.#task = true;
        break;
      case 'forget':
        this.#hearForget(reading);
        break;
      case 'correction':
        this.#correct(this.#last === undefined ? undefined : correctedBy(this.#last, reading));
        break;
      case 'restated':
        if (this.#last !== undefined && isAboutTheSame(reading.text, this.#last)) this.#correct(reading.text);
        else if (reading.plain) this.#keep(reading.text, false);
        break;
      case 'statement':
        this.#keep(reading.text, this.#next);
        break;
      case 'task':
        this.#task = true;
        break;
      case 'nothing':
        if (this.#next && !/[?？]\s*$/u.test(sentence))
          this.#keep(sentence.replace(/^[-*•·\d.)、]+\s+/u, ''), true);
        break;
    }
  }

  noticed(): Noticed {
    const kept = this.#remember.filter((one) => one.outright || (this.#plain && !this.#task));
    const remember = kept.slice(0, maxFacts).map(({ text, corrects }) => ({ text, corrects }));
    const outright = kept.some((one) => one.outright) ? 'remember' : null;
    return { command: this.#forget.length > 0 ? 'forget' : outright, remember, forget: this.#forget };
  }

  #keep(clause: string, outright: boolean): void {
    const text = standalone(clause);
    if (text.length > outrightChars || !/[\p{L}\p{N}]/u.test(text)) return;
    const known = this.#remember.find((one) => one.text === text);
    if (known) known.outright ||= outright;
    else this.#remember.push({ text, corrects: false, outright });
  }

  #correct(corrected: string | undefined): void {
    if (corrected === undefined) return;
    this.#remember.push({ text: standalone(corrected), corrects: true, outright: false });
  }

  #hearForget({ about, everything }: ToForget): void {
    // "Forget it." is said to change the subject; only just after a fact was spoken of does it mean that fact.
    if (about === null && this.#last === undefined) return;
    this.#forget.push({ about, everything });
  }
}

function isAboutTheSame(text: string, last: string): boolean {
  const subject = subjectOf(text);
  return subject !== null && subject === subjectOf(last);
}
