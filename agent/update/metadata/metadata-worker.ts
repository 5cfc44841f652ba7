/** The worker: runs tuf-js on one task and asks for every byte that it needs. It may be ended at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Ask, Reply, Task } from './task.ts';
import { verifyRepository } from './tuf.ts';

if (!parentPort) throw new Error('this runs as a worker');
const port = parentPort;
const say = (ask: Ask): void => port.postMessage(ask);

const waiting = new Map<
  number,
  { resolve(bytes: Uint8Array | undefined): void; reject(error: Error): void }
>();
let lastId = 0;
port.on('message', (reply: Reply) => {
  const asked = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.reply === 'failed') asked?.reject(new Error(reply.says));
  else asked?.resolve(reply.reply === 'bytes' ? reply.bytes : undefined);
});

const verdict = await verifyRepository(workerData as Task, (name, limitBytes) => {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    say({ ask: 'fetch', id, name, limitBytes });
  });
});
say({ ask: 'done', verdict });
port.close();
