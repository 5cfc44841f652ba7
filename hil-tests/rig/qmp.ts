/** QEMU's own control channel: one command, one answer. */
import { z } from 'zod';
import { openLines } from './lines.ts';
import { StoryError } from './serial.ts';

const Said = z.object({
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
});

export interface Qmp extends Disposable {
  execute(command: string, options?: Record<string, unknown>): Promise<unknown>;
}

export async function openQmp(socket: string): Promise<Qmp> {
  const lines = await openLines(socket, 20_000);
  const execute = async (command: string, options: Record<string, unknown> = {}): Promise<unknown> => {
    lines.send(JSON.stringify({ execute: command, arguments: options }));
    for (;;) {
      const said = Said.parse(JSON.parse(await lines.next(30_000)));
      if (said.error) throw new StoryError(`QEMU refuses ${command}: ${said.error.desc}`);
      // Between a command and its answer there may be events.
      if (said.return !== undefined) return said.return;
    }
  };
  await lines.next(20_000);
  await execute('qmp_capabilities');
  return { execute, [Symbol.dispose]: () => lines[Symbol.dispose]() };
}
