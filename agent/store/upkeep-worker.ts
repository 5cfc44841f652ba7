/** A thread for one long look at a database: a copy of it, or a check of its pages, while the store goes on. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkDatabase, copyDatabaseFile } from './sqlite.ts';
import type { LongTask } from './upkeep.ts';

const port = parentPort;
if (!port) throw new Error('upkeep-worker.ts runs as a worker thread of upkeep.ts');

const task = workerData as LongTask;
if (task.kind === 'copy') {
  copyDatabaseFile(task.file, task.target);
  port.postMessage(null);
} else {
  port.postMessage(damageOf(task.file));
}

function damageOf(file: string): string | null {
  try {
    checkDatabase(file);
    return null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
