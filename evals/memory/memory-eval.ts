/** Tells an office's life to the agent's real memory, asks its questions, and sees what is recalled: by words, by vectors, by both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { uncontradicted } from '../../agent/conversation/context.ts';
import type { Embedding } from '../../agent/memory/embedding.ts';
import { createMemory, type Memory, type Recalled } from '../../agent/memory/memory.ts';
import { openStore, type Store } from '../../agent/store/store.ts';
import { quantile } from '../../bench/figure.ts';
import { type Asked, makeOffice, type Office, type Told } from './office.ts';
import { isAnswerable, isStale, type Outcome, type Scores, scoresOf } from './scores.ts';

export const ways = { words: 'words only', vectors: 'vectors only', fused: 'fused' } as const;
export type Way = keyof typeof ways;

export interface Failure {
  way: Way;
  asked: Asked;
  outcome: Outcome;
  /** Best first. */
  recalled: string[];
  /** What answers it. */
  wanted: string[];
}

export interface Measured {
  told: number;
  /** What was told and is not in the memory: it was not noticed. */
  unheard: string[];
  questions: number;
  scores: Record<Way, Scores>;
  failures: Failure[];
  /** One question, embedding included when its vector was not known. */
  recallMs: { median: number; p95: number };
  tellingMs: number;
}

export interface EvalParts {
  model: Embedding;
  office?: Office;
  /** Kept, instead of removed afterwards. */
  home?: string;
  progress?: (done: number, of: number) => void;
}

/** As many as are asked for; a turn takes fewer. */
const limit = 10;

/** A fact of the memory, and what it was told as. */
type Known = ReadonlyMap<number, Told>;

export async function measureMemory(parts: EvalParts): Promise<Measured> {
  const { model, office = makeOffice(), progress } = parts;
  const home = parts.home ?? mkdtempSync(join(tmpdir(), 'rockpool-memory-eval-'));
  const store = await openStore(home);
  let now = office.told[0]?.at ?? office.now;
  const clock = { now: () => now };
  const memory = createMemory({ facts: store.memory, model, clock });
  try {
    const from = performance.now();
    const known = new Map<number, Told>();
    const unheard: string[] = [];
    for (const [i, told] of office.told.entries()) {
      now = told.at;
      const id = await tell(memory, told, i);
      if (id === undefined) unheard.push(told.said);
      else known.set(id, told);
      if (i % 500 === 0) progress?.(i, office.told.length);
    }
    await memory.reembed(new AbortController().signal);
    const tellingMs = performance.now() - from;
    now = office.now;
    return {
      told: office.told.length,
      unheard,
      tellingMs,
      ...(await askAll({ office, known, memory, store, model, clock })),
    };
  } finally {
    await memory.close();
    await store.close();
    if (parts.home === undefined) rmSync(home, { recursive: true });
  }
}

/** The fact's id; undefined when nothing was remembered. */
async function tell(
  memory: Memory,
  { teller, scope, said, session }: Told,
  i: number,
): Promise<number | undefined> {
  if (scope === 'office') return (await memory.add(teller, { text: said, scope })).id;
  const { remembered } = await memory.heed(teller, { text: said, sessionId: session, messageId: i });
  return remembered.at(-1)?.id;
}

interface Asking {
  office: Office;
  known: Known;
  memory: Memory;
  store: Store;
  model: Embedding;
  clock: { now(): number };
}

async function askAll({
  office,
  known,
  memory,
  store,
  model,
  clock,
}: Asking): Promise<Omit<Measured, 'told' | 'unheard' | 'tellingMs'>> {
  const away: Embedding = {
    embedding: model.embedding,
    embed: () =>
      Promise.reject(new Refusal('model-loading', 'There is no embedder in this part of the measurement.')),
  };
  const wordsOnly = createMemory({ facts: store.memory, model: away, clock });
  const { digest } = model.embedding;
  const took: number[] = [];
  const by: Record<Way, (asked: Asked) => Promise<Recalled[]>> = {
    words: ({ asker, question }) => wordsOnly.recall(asker, question, { limit }),
    vectors: async ({ asker, question }) => {
      const [vector] = await model.embed([question]);
      if (!vector) throw new Error('a question has no vector');
      return await store.memory.recall(
        asker.id,
        { asked: question, worded: [], embedded: { digest, vector }, at: clock.now() },
        limit,
      );
    },
    fused: async ({ asker, question }) => {
      const from = performance.now();
      const recalled = await memory.recall(asker, question, { limit });
      took.push(performance.now() - from);
      return recalled;
    },
  };
  const failures: Failure[] = [];
  const answers = answersIn(known);
  async function ask(way: Way): Promise<Scores> {
    const outcomes: Outcome[] = [];
    for (const asked of office.asked) {
      const recalled = await by[way](asked);
      const outcome = outcomeOf(asked, recalled, known, answers);
      outcomes.push(outcome);
      if (hasFailed(outcome))
        failures.push({
          way,
          asked,
          outcome,
          recalled: recalled.map(({ fact }) => fact.text),
          wanted: answers.wanted(asked),
        });
    }
    return scoresOf(outcomes);
  }
  // By both last: what it recalls is counted as used.
  const words = await ask('words');
  const vectors = await ask('vectors');
  const fused = await ask('fused');
  await wordsOnly.close();
  return {
    questions: office.asked.length,
    scores: { words, vectors, fused },
    failures,
    recallMs: { median: quantile(took, 0.5), p95: quantile(took, 0.95) },
  };
}

interface Answers {
  /** Of a fact that the asker may see: whether it answers the question today, or used to. */
  judge(asked: Asked, told: Told): 'right' | 'outdated' | undefined;
  wanted(asked: Asked): string[];
}

/** What was told last of a matter, by whom the asker may hear it from, is so. */
function answersIn(known: Known): Answers {
  const byMatter = new Map<string, Told[]>();
  for (const told of known.values()) {
    if (told.matter === null) continue;
    const those = byMatter.get(told.matter);
    if (those) those.push(told);
    else byMatter.set(told.matter, [told]);
  }
  const heard = ({ asker, matter }: Asked): Told[] =>
    (matter === null ? [] : (byMatter.get(matter) ?? [])).filter(
      ({ scope, teller }) => scope === 'office' || teller.id === asker.id,
    );
  const today = (asked: Asked): string | undefined =>
    heard(asked).reduce<Told | undefined>((last, one) => (last && last.at > one.at ? last : one), undefined)
      ?.value;
  return {
    judge(asked, told) {
      if (!isAnswerable(asked.kind) || told.matter !== asked.matter) return undefined;
      return told.value === today(asked) ? 'right' : 'outdated';
    },
    wanted: (asked) =>
      isAnswerable(asked.kind)
        ? heard(asked)
            .filter(({ value }) => value === today(asked))
            .map(({ said }) => said)
        : [],
  };
}

function outcomeOf(asked: Asked, recalled: readonly Recalled[], known: Known, answers: Answers): Outcome {
  const told = recalled.map(({ fact }) => known.get(fact.id));
  const place = (wanted: 'right' | 'outdated'): number | undefined => {
    const at = told.findIndex((one) => one !== undefined && answers.judge(asked, one) === wanted);
    return at < 0 ? undefined : at;
  };
  return {
    asked: { kind: asked.kind, language: asked.language },
    right: place('right'),
    outdated: place('outdated'),
    outdatedTold: uncontradicted(recalled, asked.question).some(({ fact }) => {
      const one = known.get(fact.id);
      return one !== undefined && answers.judge(asked, one) === 'outdated';
    }),
    recalled: recalled.length,
    // Not by what the memory says of the fact, but by who told it.
    foreign: told.filter(
      (one) => one === undefined || (one.scope === 'mine' && one.teller.id !== asked.asker.id),
    ).length,
  };
}

const hasFailed = (outcome: Outcome): boolean =>
  outcome.foreign > 0 ||
  (isAnswerable(outcome.asked.kind)
    ? outcome.right === undefined || outcome.right >= 5 || isStale(outcome)
    : outcome.recalled > 0);
