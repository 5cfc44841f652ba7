import { TooBig, UnfitWeights } from '@rockpool/models/weights.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import { beforeEach, expect, test } from 'vitest';
import type { ChatChoice, ModelPlan } from './plan.ts';
import { type Behaviour, type FakeServed, fakeServed } from './served.fixture.ts';
import { type Places, takeOver } from './takeover.ts';

const golden = { prompt: 'Who are you?', holds: ['pebble'], withinMs: 60_000 };
const never = new AbortController().signal;
const old: ChatChoice = { chatModel: '/old' };
const next: ChatChoice = { chatModel: '/next' };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** One device: what serves, what was ended, and what people see meanwhile. */
class House {
  current: FakeServed = fakeServed(old, { says: 'I am Pebble.' });
  started: FakeServed[] = [];
  ended: FakeServed[] = [];
  retired: FakeServed[] = [];
  paused = 0;
  resumed = 0;
  freeBytes = 1_000;
  /** What each file does once it is started. */
  behaviours: Record<string, Behaviour> = {
    '/old': { says: 'I am Pebble.' },
    '/next': { says: 'Pebble, newer' },
  };
  unfit: unknown;

  places(mayStandBeside = true): Places {
    const start = (choice: ChatChoice): FakeServed => {
      const served = fakeServed(choice, this.behaviours[choice.chatModel]);
      this.started.push(served);
      return served;
    };
    return {
      ...{ current: () => this.current, mayStandBeside, mostBytes: 10_000, freeBytes: () => this.freeBytes },
      become: (served) => {
        this.current = served as FakeServed;
      },
      pause: () => {
        this.paused += 1;
        return () => {
          this.resumed += 1;
        };
      },
      drained: (signal) => this.current.untilIdle(signal),
      plan: (choice, freeBytes) => this.plan(choice, freeBytes),
      ...{ start, open: start },
      retire: (served) => void this.retired.push(served as FakeServed),
      end: async (served) => {
        await served.close();
        this.ended.push(served as FakeServed);
      },
      ...{ clock: { now: () => 0 }, log: { info: () => undefined } },
    };
  }

  /** Each sequence takes a hundred bytes. */
  private plan(_choice: ChatChoice, freeBytes: number): ModelPlan {
    if (this.unfit) throw this.unfit;
    const sequences = Math.min(8, Math.floor(freeBytes / 100));
    return { load: { sequences, contextTokens: 1 } } as ModelPlan;
  }
}

let house: House;
let before: FakeServed;
beforeEach(() => {
  house = new House();
  before = house.current;
});

test('where memory allows it is proven beside the old one, which then ends when its last answer is out', async () => {
  const tried = await takeOver(next, golden, house.places(), never);
  expect(tried).toMatchObject({ held: true, beside: true });
  expect(house.current.choice).toEqual(next);
  expect(house.retired).toEqual([before]);
  expect([house.paused, house.ended.length]).toEqual([0, 0]);
});

test('beside the old one it is never smaller than it would be alone: then people wait a moment instead', async () => {
  house.freeBytes = 750; // seven conversations beside, eight alone
  const tried = await takeOver(next, golden, house.places(), never);
  expect(tried).toMatchObject({ held: true, beside: false });
  expect(house.ended).toEqual([before]);
  expect([house.paused, house.resumed]).toEqual([1, 1]);
});

test('where there is one process only, it is after a drain, and not before the last answer is out', async () => {
  const done = before.busy();
  const taking = takeOver(next, golden, house.places(false), never);
  await settled();
  expect([house.paused, house.started.length, before.closed]).toEqual([1, 0, false]);
  done();
  expect(await taking).toMatchObject({ held: true, beside: false });
  expect([before.closed, house.resumed]).toEqual([true, 1]);
  expect(house.current.choice).toEqual(next);
});

const failures: [string, Behaviour, string][] = [
  ['that says something else', { says: 'I am a toaster.' }, 'golden-prompt'],
  ['that crashes when asked', { diesAnswering: true }, 'crashed'],
  ['that dies while it is loaded', { diesLoading: true }, 'crashed'],
  ['that can not be loaded', { unloadable: new Refusal('model-failed', 'wrong tensors') }, 'bad-content'],
  ['that finds no memory', { unloadable: new Refusal('model-failed', 'out of memory') }, 'no-memory'],
];
test.each(failures)('beside, a model %s is ended, and nobody notices', async (_what, behaviour, reason) => {
  house.behaviours['/next'] = behaviour;
  expect(await takeOver(next, golden, house.places(), never)).toMatchObject({ held: false, reason });
  expect(house.current).toBe(before);
  expect(before.closed).toBe(false);
  expect(house.ended).toEqual(house.started);
  expect(house.paused).toBe(0);
});

test.each(failures)(
  'after a drain, in place of a model %s the old one is loaded again',
  async (_w, behaviour, reason) => {
    house.behaviours['/next'] = behaviour;
    expect(await takeOver(next, golden, house.places(false), never)).toMatchObject({ held: false, reason });
    expect(house.current.choice).toEqual(old);
    expect(house.current.isUp()).toBe(true);
    expect([house.paused, house.resumed]).toEqual([1, 1]);
  },
);

test('what does not fit at all changes nothing: too big, or no model', async () => {
  for (const [cause, reason] of [
    [new TooBig('big.gguf needs 9 GB'), 'no-memory'],
    [new UnfitWeights('it is cut off'), 'bad-content'],
  ] as const) {
    house.unfit = new Refusal('model-failed', cause.message, { cause });
    expect(await takeOver(next, golden, house.places(false), never)).toMatchObject({ held: false, reason });
    expect([house.paused, house.started.length]).toEqual([0, 0]);
  }
});

test('answers that do not end until nobody waits for the update any more: the old one goes on', async () => {
  before.busy();
  const leaving = new AbortController();
  const taking = takeOver(next, golden, house.places(false), leaving.signal);
  await settled();
  leaving.abort(new Error('the updater left'));
  expect(await taking).toMatchObject({ held: false, reason: 'timeout' });
  expect(before.closed).toBe(false);
  expect([house.paused, house.resumed]).toEqual([1, 1]);
});

test('an updater that leaves while it is loaded leaves the old one where it was', async () => {
  house.behaviours['/next'] = { loadsLater: true };
  const leaving = new AbortController();
  const taking = takeOver(next, golden, house.places(), leaving.signal);
  await settled();
  leaving.abort(new Error('the updater left'));
  expect(await taking).toMatchObject({ held: false, reason: 'timeout' });
  expect(house.current).toBe(before);
  expect(house.ended).toEqual(house.started);
});

test('the one that answers already is asked again and not loaded again', async () => {
  expect(await takeOver(old, golden, house.places(), never)).toMatchObject({ held: true, loadMs: 0 });
  expect(house.started).toEqual([]);
  expect(await takeOver(old, null, house.places(), never)).toMatchObject({ held: true });
});

test('another adapter on the same weights is another model', async () => {
  const adapted = { ...old, adapter: { file: '/adapter', sha256: 'a'.repeat(64) } };
  expect(await takeOver(adapted, golden, house.places(), never)).toMatchObject({ held: true });
  expect(house.current.choice).toEqual(adapted);
});
