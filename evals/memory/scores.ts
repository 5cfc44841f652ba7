/** From what was recalled to the figures: recall, reciprocal rank, wrong person, stale answer, told though unanswerable. Pure. */
import { type Asked, type Kind, kinds, type Language } from './office.ts';

/** What one question brought. */
export interface Outcome {
  asked: Pick<Asked, 'kind' | 'language'>;
  /** Where the first fact stands that answers it as things are now, from 0; undefined: it wasn't recalled. */
  right: number | undefined;
  /** Where the first fact stands that used to answer it. */
  outdated: number | undefined;
  /** A fact that used to answer it reaches the prompt: nothing that was recalled beside it contradicts it. */
  outdatedTold: boolean;
  recalled: number;
  /** Facts of somebody else. */
  foreign: number;
}

export interface Score {
  questions: number;
  recallAt1: number;
  recallAt5: number;
  recallAt10: number;
  meanReciprocalRank: number;
}

export interface Scores {
  all: Score;
  kinds: Partial<Record<Kind, Score>>;
  languages: Record<Language, Score>;
  /** Of all questions, those to which another person's fact was recalled. */
  wrongPerson: number;
  /** Of those whose answer changed: an outdated one stands before today's, or alone. */
  stale: number;
  /** Of those: an outdated one is among what was recalled, wherever. */
  outdatedBeside: number;
  /** Of those: an outdated one reaches the prompt, because nothing beside it is known to contradict it. */
  outdatedTold: number;
  /** Of the questions that nothing answers, those to which something was recalled nevertheless. */
  injected: Partial<Record<Kind, number>> & { all: number };
}

const unanswerable: readonly Kind[] = ['others', 'nobodys', 'unrelated'];
const changing: readonly Kind[] = ['changed', 'disagreeing'];

export const isAnswerable = (kind: Kind): boolean => !unanswerable.includes(kind);

export function scoresOf(outcomes: readonly Outcome[]): Scores {
  const of = (those: readonly Kind[]): Outcome[] =>
    outcomes.filter(({ asked }) => those.includes(asked.kind));
  const answerable = outcomes.filter(({ asked }) => isAnswerable(asked.kind));
  const perKind = (Object.keys(kinds) as Kind[]).filter((kind) => of([kind]).length > 0);
  const injected = (those: readonly Kind[]): number => share(of(those), ({ recalled }) => recalled > 0);
  return {
    all: scoreOf(answerable),
    kinds: Object.fromEntries(perKind.filter(isAnswerable).map((kind) => [kind, scoreOf(of([kind]))])),
    languages: {
      en: scoreOf(answerable.filter(({ asked }) => asked.language === 'en')),
      zh: scoreOf(answerable.filter(({ asked }) => asked.language === 'zh')),
    },
    wrongPerson: share(outcomes, ({ foreign }) => foreign > 0),
    stale: share(of(changing), isStale),
    outdatedBeside: share(of(changing), ({ outdated }) => outdated !== undefined),
    outdatedTold: share(of(changing), ({ outdatedTold }) => outdatedTold),
    injected: {
      all: injected(unanswerable),
      ...Object.fromEntries(
        perKind.filter((kind) => !isAnswerable(kind)).map((kind) => [kind, injected([kind])]),
      ),
    },
  };
}

export const isStale = ({ right, outdated }: Outcome): boolean =>
  outdated !== undefined && (right === undefined || outdated < right);

function scoreOf(outcomes: readonly Outcome[]): Score {
  const within = (places: number): number =>
    share(outcomes, ({ right }) => right !== undefined && right < places);
  return {
    questions: outcomes.length,
    recallAt1: within(1),
    recallAt5: within(5),
    recallAt10: within(10),
    meanReciprocalRank: mean(outcomes, ({ right }) => (right === undefined ? 0 : 1 / (right + 1))),
  };
}

const share = (outcomes: readonly Outcome[], counts: (one: Outcome) => boolean): number =>
  mean(outcomes, (one) => (counts(one) ? 1 : 0));

/** Of none it is 0. */
const mean = (outcomes: readonly Outcome[], worth: (one: Outcome) => number): number =>
  outcomes.reduce((sum, one) => sum + worth(one), 0) / Math.max(1, outcomes.length);
