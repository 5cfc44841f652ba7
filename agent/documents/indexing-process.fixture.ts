/** For a test that kills it: a process that takes a folder in and reads it, and says "ready" when all of it is. */
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../store/store.ts';
import { createDocuments } from './documents.ts';
import { fakeEmbedder } from './fake-embedder.ts';

const [home = '', share = ''] = process.argv.slice(2);
const ada = { id: 1, name: 'Ada', role: 'admin', createdAt: 0 } as const;

const store = await openStore(home);
const documents = await createDocuments({
  ...{ store: store.documents, model: fakeEmbedder(), folder: `${home}/documents` },
  clock: { now: () => Date.now() },
  report: (error) => {
    throw error;
  },
  times: { stillMs: 0, goneMs: 0, soonMs: 50, everyMs: 60_000 },
});
if ((await documents.folders.list()).length === 0)
  await documents.folders.add(ada, share, { scope: 'office' }, true);
process.send?.('begun');
await documents.folders.settled();
for (;;) {
  const [folder] = await documents.folders.list();
  const isLooked = folder && folder.scannedAt !== null && !folder.scanning && folder.files > 0;
  const all = await documents.list(ada);
  if (isLooked && all.length > 0 && all.every(({ status }) => status === 'ready' || status === 'failed'))
    break;
  await wait(20);
}
await documents.close();
await store.close();
process.send?.('ready');
