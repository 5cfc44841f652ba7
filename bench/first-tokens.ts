/** Time to the first token in turn 20 beside turn 2, with memory recalled in every turn; and after a restart. */
import { performance } from 'node:perf_hooks';
import { startAppliance, Visitor } from '../agent/test/appliance.ts';
import { type Figure, median } from './figure.ts';

const turns = 20;
const sessions = 9;

/** Things in an office, so that every turn recalls a fact of its own. */
const things =
  'printer copier fridge safe gate lift cellar attic pantry archive studio garage kitchen lobby workshop library canteen boiler alarm fax scanner projector'.split(
    ' ',
  );

/** Turn 2 and turn 20 ask the same, so that both recall the same; in between each turn asks for another thing. */
const thingOf = (turn: number, round: number): number =>
  ((turn === turns ? 2 : turn) + round * 5) % things.length;

export async function* firstTokens(): AsyncGenerator<Figure> {
  let appliance = await startAppliance();
  try {
    await appliance.ready();
    const ada = new Visitor(appliance.address);
    await ada.setUp(appliance.setupCode);
    for (const [i, thing] of things.entries()) {
      await ada.json('POST', '/api/memory', { text: `The code of the ${thing} is ${4000 + i * 37}.` });
    }
    const samples = new Map<number, number[]>();
    let evaluated = 0;
    let session = '';
    let recalled = 0;
    for (let round = 0; round < sessions; round += 1) {
      session = await ada.newSession();
      for (let turn = 1; turn <= turns; turn += 1) {
        const { firstMs, context } = await timeToFirst(
          ada,
          session,
          `What is the code of the ${things[thingOf(turn, round)]}?`,
        );
        samples.set(turn, [...(samples.get(turn) ?? []), firstMs]);
        recalled += context ? 1 : 0;
        // As people do: read the answer before the next question. The cache is settled meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    }
    const second = median(samples.get(2) ?? []);
    const last = median(samples.get(turns) ?? []);
    yield { name: 'first token, turn 2', value: second, unit: 'ms', note: `median of ${sessions} chats` };
    yield {
      name: `first token, turn ${turns}`,
      value: last,
      unit: 'ms',
      note: `memory recalled in ${recalled} of ${sessions * turns} turns`,
    };
    const ratios = (samples.get(turns) ?? []).map(
      (ms, round) => ms / (samples.get(2)?.[round] ?? Number.NaN),
    );
    yield {
      ...{ name: `turn ${turns} ÷ turn 2`, value: median(ratios), unit: '', reach: { atMost: 1.3 } },
      note: `median of each chat's own ratio, ${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}: both see the same machine`,
    };

    const before = await ada.say(session, 'Thank you.');
    const history = (before.usage?.promptTokens ?? 0) + (before.usage?.completionTokens ?? 0);
    await appliance.stop();
    appliance = await startAppliance(appliance.home);
    await appliance.ready();
    const again = await Visitor.signedIn(appliance.address);
    const after = await again.say(session, 'Thank you again.');
    evaluated = (after.usage?.promptTokens ?? 0) - (after.usage?.cachedTokens ?? 0);
    yield {
      name: `evaluated after a restart, turn ${turns + 2}`,
      value: evaluated,
      unit: 'tokens',
      reach: { atMost: (after.usage?.promptTokens ?? 0) - history + 8 },
      note: `the prompt has ${after.usage?.promptTokens}; the goal is its own new message and the markers around it`,
    };
  } finally {
    await appliance.remove();
  }
}

async function timeToFirst(person: Visitor, session: string, text: string) {
  const begin = performance.now();
  let firstMs = Number.NaN;
  let context = false;
  for await (const frame of person.turn(session, { text })) {
    if (frame.type === 'context') context = frame.citations.length > 0;
    if (frame.type === 'delta' && Number.isNaN(firstMs)) firstMs = performance.now() - begin;
  }
  return { firstMs, context };
}
