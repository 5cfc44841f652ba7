/** `rockpool serve`: the agent until it is told to stop. */
import { existsSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { loadSettings, type Settings } from '../config/settings.ts';
import { define, type Kit } from './command.ts';

export function serveCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'serve',
    summary: 'serve people until SIGTERM or Ctrl-C',
    options: [
      ['--model <file>', 'a GGUF instead of the built-in model (or ROCKPOOL_MODEL)'],
      ['--port <number>', 'default 8080 (or ROCKPOOL_PORT)'],
      ['--host <address>', 'default 127.0.0.1; others need TLS (or ROCKPOOL_HOST)'],
    ],
    given: z.object({
      model: z.string().optional(),
      port: z.string().optional(),
      host: z.string().optional(),
    }),
    examples: [
      'npm start',
      'npx rockpool serve --port 8090',
      'npx rockpool serve --model ~/models/qwen.gguf',
    ],
    withoutHome: true,
    async run({ parts, out, signal, life }, _args, overrides) {
      const settings = loadSettings(process.env, overrides);
      if (overrides.model !== undefined) refuseMissing(settings.chatModel);
      const agent = await parts.openAgent(settings, 'agent', life).catch((cause: unknown) => {
        if (signal.aborted && cause === signal.reason) return undefined;
        throw whyNotListening(cause, settings);
      });
      // Told to stop while it waited for its disk: it ended in order.
      if (!agent) return undefined;
      try {
        const address = await agent.listen().catch((cause: unknown) => {
          throw whyNotListening(cause, settings);
        });
        const setupCode = (await agent.setupCode()) ?? null;
        out.result({ address, setupCode, home: settings.home, deskRun: settings.deskRun }, () =>
          greeting(address, setupCode, settings),
        );
        if (!signal.aborted)
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      } finally {
        await agent.close();
      }
      return undefined;
    },
  });
}

/** Whoever types a name is there to type it again; a device whose file went missing still serves what was said. */
function refuseMissing(model: string): void {
  if (existsSync(model)) return;
  throw new Refusal('bad-request', `There is no file ${model}; give --model the path of a GGUF.`);
}

function greeting(address: string, setupCode: string | null, { deskRun }: Settings): string {
  const code = setupCode === null ? '' : `, setup code ${setupCode}`;
  return `Rockpool answers on ${address}${code}${deskRun ? ' (desk run: this machine only, no TLS)' : ''}`;
}

function whyNotListening(cause: unknown, { host, port }: Settings): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE')
    return new Refusal('busy', `Port ${port} is taken by another program; set ROCKPOOL_PORT to another.`, {
      cause,
    });
  if (code === 'EACCES')
    return new Refusal('forbidden', `Port ${port} needs more rights; set ROCKPOOL_PORT to 1024 or higher.`, {
      cause,
    });
  if (code === 'EADDRNOTAVAIL')
    return new Refusal(
      'bad-request',
      `${host} is no address of this machine; set ROCKPOOL_HOST to one of them.`,
      { cause },
    );
  return cause;
}
