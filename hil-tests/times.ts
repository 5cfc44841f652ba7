/** How long each story took, as a table at the end of the run. */
import { afterAll, afterEach, beforeEach } from 'vitest';

export function keepTimes(): void {
  const rows: string[] = [];
  let startedMs = 0;
  beforeEach(() => {
    startedMs = performance.now();
  });
  afterEach(({ task }) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(7);
    rows.push(`${seconds} s  ${task.result?.state === 'fail' ? 'FAILED  ' : ''}${task.name}`);
  });
  afterAll(() => void process.stdout.write(`\n${rows.join('\n')}\n`));
}
