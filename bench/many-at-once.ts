/** 50 open pages and 20 people who type at once: is everyone served, in what order, and does the event loop keep up. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { startAppliance, Visitor } from '../agent/test/appliance.ts';
import { type Figure, quantile } from './figure.ts';

const pages = 50;
const typing = 20;
const turnsEach = 3;

export async function* manyAtOnce(): AsyncGenerator<Figure> {
  const appliance = await startAppliance();
  try {
    await appliance.ready();
    const ada = new Visitor(appliance.address);
    await ada.setUp(appliance.setupCode);
    const people: Visitor[] = [];
    for (let i = 0; i < typing; i += 1) people.push(await join(appliance.address, ada, `person-${i}`));

    const watching = new AbortController();
    const watchers = Array.from({ length: pages }, (_, i) =>
      watch(people[i % typing] ?? ada, watching.signal),
    );
    const firsts: number[][] = people.map(() => []);
    const outcomes = await Promise.all(people.map((person, i) => talk(person, firsts[i] ?? [])));
    watching.abort();
    const failedPages = (await Promise.all(watchers)).reduce((sum, failed) => sum + failed, 0);
    const failed = outcomes.flat().filter((outcome) => outcome !== 'complete').length;
    const worst = firsts.map((times) => Math.max(...times));
    yield {
      name: 'turns or pages that failed',
      value: failed + failedPages,
      unit: '',
      reach: { atMost: 0 },
      note: `${typing} people × ${turnsEach} turns at once, ${pages} pages open`,
    };
    yield {
      name: 'first token, worst person ÷ best person',
      value: Math.max(...worst) / Math.min(...worst),
      unit: '',
      note: `slowest of each person's turns: ${Math.min(...worst).toFixed(0)}–${Math.max(...worst).toFixed(0)} ms`,
    };
    yield { name: 'first token under load, p95', value: quantile(firsts.flat(), 0.95), unit: 'ms' };
    yield {
      name: 'event loop lag p99 under load',
      value: await eventLoopLagMs(appliance.address),
      unit: 'ms',
      reach: { atMost: 50 },
    };
  } finally {
    await appliance.remove();
  }
}

async function join(address: string, admin: Visitor, name: string): Promise<Visitor> {
  const { code } = await admin.json<{ code: string }>('POST', '/api/invites', { role: 'member' });
  const person = new Visitor(address);
  await person.json('POST', '/api/join', { code, name, password: 'a password of its own' });
  return person;
}

/** An open page: it looks at its sessions now and then. @returns how many looks failed */
async function watch(person: Visitor, signal: AbortSignal): Promise<number> {
  let failed = 0;
  while (!signal.aborted) {
    const response = await person.ask('GET', '/api/sessions');
    await response.arrayBuffer();
    failed += response.ok ? 0 : 1;
    await wait(1000);
  }
  return failed;
}

async function talk(person: Visitor, firsts: number[]): Promise<string[]> {
  const session = await person.newSession();
  const outcomes: string[] = [];
  for (let turn = 0; turn < turnsEach; turn += 1) {
    const begin = performance.now();
    let first = Number.NaN;
    let outcome = 'cut off';
    for await (const frame of person.turn(session, { text: 'What can you do for this office?' })) {
      if (frame.type === 'delta' && Number.isNaN(first)) first = performance.now() - begin;
      if (frame.type === 'done') outcome = frame.message.outcome;
      if (frame.type === 'failed') outcome = frame.error.code;
    }
    firsts.push(first);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function eventLoopLagMs(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const seconds = /^rockpool_event_loop_lag_seconds\{quantile="0.99"\} ([\d.e+-]+)$/m.exec(text)?.[1];
  if (!seconds) throw new Error('/metrics has no event loop lag');
  return Number(seconds) * 1000;
}
