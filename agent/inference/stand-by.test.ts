import { expect, test } from 'vitest';
import type { Queued } from './model.ts';
import { createStandBy } from './stand-by.ts';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));
const collect = (waiting: AsyncIterable<Queued>) => {
  const told: Queued[] = [];
  const done = (async () => {
    for await (const one of waiting) told.push(one);
  })();
  done.catch(() => undefined);
  return { told, done };
};

test('nobody waits while nothing changes', async () => {
  const line = createStandBy({ limit: 2, inFront: () => 0 });
  const { told, done } = collect(line.wait('ada', never));
  await done;
  await line.opened();
  expect(told).toEqual([]);
});

test('who comes meanwhile is told the place behind those who wait for the model already, until it is over', async () => {
  const line = createStandBy({ limit: 4, inFront: () => 3 });
  line.shut();
  const ada = collect(line.wait('ada', never));
  const bob = collect(line.wait('bob', never));
  await settled();
  expect(ada.told).toEqual([{ type: 'queued', place: 4, waitMs: null, updating: true }]);
  expect(bob.told.at(-1)).toMatchObject({ place: 5, updating: true });
  expect([line.isShut(), line.waiting()]).toEqual([true, 2]);
  line.open();
  await Promise.all([ada.done, bob.done, line.opened()]);
  expect([line.isShut(), line.waiting()]).toEqual([false, 0]);
  line.shut();
  const eve = collect(line.wait('eve', never));
  await settled();
  expect(eve.told).toHaveLength(1);
  line.open();
  await eve.done;
});

test('who leaves lets the next one move up, and the end of the agent sends all away', async () => {
  const line = createStandBy({ limit: 4, inFront: () => 0 });
  line.shut();
  const leaving = new AbortController();
  const ada = collect(line.wait('ada', leaving.signal));
  const bob = collect(line.wait('bob', never));
  await settled();
  leaving.abort(new Error('left'));
  await expect(ada.done).rejects.toThrow('left');
  await settled();
  expect(bob.told.map(({ place }) => place)).toEqual([2, 1]);
  line.close(new Error('closing'));
  await expect(bob.done).rejects.toThrow('closing');
  await line.opened();
});

test('not more than may wait', async () => {
  const line = createStandBy({ limit: 1, inFront: () => 0 });
  line.shut();
  const ada = collect(line.wait('ada', never));
  await settled();
  await expect(collect(line.wait('bob', never)).done).rejects.toMatchObject({ code: 'busy' });
  line.open();
  await ada.done;
});
