import { Refusal } from '@rockpool/protocol/refusal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createQueue, type Ticket } from './queue.ts';

function stoppedClock() {
  let at = 0;
  return { now: () => at, pass: (ms: number) => (at += ms) };
}

/** A queue that writes down who was admitted and which places were told. */
function watchedQueue(lanes: number, limit = 64) {
  const clock = stoppedClock();
  const queue = createQueue({ limit, clock });
  const admitted: string[] = [];
  const told: Record<string, [number, number | null][]> = {};
  queue.open(lanes);
  const enter = (name: string, person = name): Ticket => {
    told[name] = [];
    const ticket = queue.enter(person, (place, waitMs) => told[name]?.push([place, waitMs]));
    ticket.admitted.then(
      () => admitted.push(name),
      () => undefined,
    );
    return ticket;
  };
  return { clock, queue, admitted, told, enter };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('who waits is told again when the model goes and comes back, though the place is the same', () => {
  const { enter, queue, told } = watchedQueue(1);
  enter('ada');
  enter('bob');
  expect(told['bob']).toEqual([[1, null]]);
  queue.open(0);
  queue.open(1);
  expect(told['bob']).toEqual([
    [1, null],
    [1, null],
    [1, null],
  ]);
});

test('as many are admitted at once as there are lanes, and the next when one leaves', async () => {
  const { enter, admitted, queue } = watchedQueue(2);
  const first = enter('ada');
  enter('bob');
  enter('eve');
  await settled();
  expect(admitted).toEqual(['ada', 'bob']);
  expect([queue.running(), queue.waiting()]).toEqual([2, 1]);

  first.leave();
  first.leave();
  await settled();
  expect(admitted).toEqual(['ada', 'bob', 'eve']);
  expect([queue.running(), queue.waiting()]).toEqual([2, 0]);
});

test('someone who asks five things at once does not overtake the first question of another', async () => {
  const { enter, admitted } = watchedQueue(1);
  const tickets = [
    enter('a1', 'ada'),
    enter('a2', 'ada'),
    enter('a3', 'ada'),
    enter('b1', 'bob'),
    enter('b2', 'bob'),
  ];
  for (const _ of tickets) {
    await settled();
    const serving = admitted.at(-1);
    tickets[['a1', 'a2', 'a3', 'b1', 'b2'].indexOf(serving ?? '')]?.leave();
  }
  expect(admitted[0]).toBe('a1');
  expect(admitted.indexOf('b1')).toBeLessThan(admitted.indexOf('a3'));
  expect(admitted).toHaveLength(5);
});

test('everyone who waits is told their place again when it changes, with a wait once there is something to go by', async () => {
  const { enter, told, clock } = watchedQueue(1);
  const first = enter('ada');
  enter('bob');
  const leaving = enter('eve');
  enter('zoe');
  expect(told).toEqual({ ada: [], bob: [[1, null]], eve: [[2, null]], zoe: [[3, null]] });

  leaving.leave();
  expect(told['zoe']).toEqual([
    [3, null],
    [2, null],
  ]);

  clock.pass(4_000);
  first.leave();
  expect(told['zoe']?.at(-1)).toEqual([1, 4_000]);
});

test('who gave up and asks again is not behind what they gave up', async () => {
  const { enter, admitted } = watchedQueue(1);
  const serving = enter('zoe');
  for (let i = 0; i < 5; i += 1) enter('impatient', 'ada').leave();
  const next = enter('bob 1', 'bob');
  enter('bob 2', 'bob');
  enter('patient', 'ada');
  serving.leave();
  next.leave();
  await settled();
  expect(admitted).toEqual(['zoe', 'bob 1', 'patient']);
});

test('a full line refuses with its length and when to come back', () => {
  const { enter, queue } = watchedQueue(0, 3);
  for (const name of ['ada', 'bob', 'eve']) enter(name);
  try {
    queue.enter('zoe', () => undefined);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code: 'busy', status: 503, detail: { queueLength: 3, retryAfterS: 5 } });
  }
});

test('while the model is away nobody is admitted, and all are when it comes back', async () => {
  const { enter, queue, admitted } = watchedQueue(0);
  enter('ada');
  enter('bob');
  await settled();
  expect(admitted).toEqual([]);
  queue.open(2);
  await settled();
  expect(admitted).toEqual(['ada', 'bob']);
});

test('closing the line sends everyone away with the reason', async () => {
  const { enter, queue } = watchedQueue(0);
  const ticket = enter('ada');
  queue.close(new Refusal('model-loading', 'later'));
  await expect(ticket.admitted).rejects.toThrow('later');
  expect(queue.waiting()).toBe(0);
});

test('while two people wait, neither is served twice in a row more than once', async () => {
  const names = fc.array(fc.constantFrom('ada', 'bob', 'eve'), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(names, async (persons) => {
      const { enter, queue, admitted } = watchedQueue(0);
      const tickets = new Map(
        persons.map((person, i) => [`${person} ${i}`, enter(`${person} ${i}`, person)]),
      );
      queue.open(1);
      for (let i = 0; i < persons.length; i += 1) {
        await settled();
        tickets.get(admitted[i] ?? '')?.leave();
      }
      const served = admitted.map((name) => name.split(' ')[0] ?? '');
      expect(served).toHaveLength(persons.length);
      for (const [i, person] of served.entries()) {
        const upTo = (who: string) => served.slice(0, i + 1).filter((p) => p === who).length;
        const waits = persons.filter((other) => other !== person && served.slice(i + 1).includes(other));
        for (const other of waits) expect(upTo(person)).toBeLessThanOrEqual(upTo(other) + 1);
      }
      for (const person of persons) {
        const own = admitted
          .filter((name) => name.startsWith(person))
          .map((name) => Number(name.split(' ')[1]));
        expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    }),
    { numRuns: 50 },
  );
});
