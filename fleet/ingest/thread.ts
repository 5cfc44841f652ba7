/** The thread beside the controller's own: signatures, parsing, commits and sweeps, none of which may keep a network waiting. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { recordResult } from '../commands/results.ts';
import { pruneReported } from '../registry/retention.ts';
import { sweepPresence } from '../registry/sweep.ts';
import { recordStatuses } from '../rollout/statuses.ts';
import { openStore } from '../store/open.ts';
import { createEngine } from './engine.ts';
import type { Answered, Asked, ThreadData } from './engine-thread.ts';
import { unpack } from './packed.ts';

const { where, holder, listeningSince, connections } = workerData as ThreadData;
const port = parentPort as MessagePort;
const db = await openStore(where, { connections });
const engine = createEngine({ db, recordResult, recordStatuses, listeningSince });

async function answer({ what, now }: Asked): Promise<unknown> {
  switch (what.kind) {
    case 'commit':
      return engine.commit(unpack(what.packed), now);
    case 'probe':
      return engine.probe(now);
    case 'sweep':
      return sweepPresence(db, { holder, now, listeningSince });
    case 'prune':
      return pruneReported(db, { holder, now });
  }
}

/** One after the other: the order of the messages is the order of their commits. */
let last: Promise<void> = Promise.resolve();
port.on('message', (asked: Asked | 'close') => {
  last = last.then(async () => {
    if (asked === 'close') {
      await db.destroy();
      port.close();
      return;
    }
    const answered: Answered = await answer(asked).then(
      (value) => ({ id: asked.id, value }),
      (error: unknown) => ({ id: asked.id, error: String(error) }),
    );
    port.postMessage(answered);
  });
});
port.postMessage('open');
