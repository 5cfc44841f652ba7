/** `demo`: a controller and simulated devices, to try a fleet without having one. */
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import pino from 'pino';
import { z } from 'zod';
import type { Demo } from '../simulated/demo.ts';
import { type Doing, define, type Kit } from './command.ts';
import { stopped, told } from './serve.ts';

const usualHome = '.rockpool-fleet/demo';
const usualPort = 8444;
const Port = z.coerce.number('--port is a number.').int('--port is a number.').min(0).max(65_533);

export const addDemo = (program: Command, kit: Kit): void =>
  define(program, kit, {
    usage: 'demo',
    summary: 'a controller with simulated devices on this machine, to try things out; Ctrl-C ends both',
    home: usualHome,
    options: [
      ['--devices <number>', 'how many simulated devices, up to 500 (default: 20)'],
      [
        '--port <port>',
        `the dashboard's; the next two are for devices (default: ${usualPort}, with 8443 and 8883; 0: any free ones)`,
      ],
      [
        '--story <name>',
        'tells a story while it happens, then ends: `update` brings a good and a broken release to the fleet (about 3 minutes)',
      ],
      ['--log-level <level>', 'fatal, error, warn, info, debug or silent (default: error)'],
    ],
    given: z.object({
      devices: z.coerce
        .number('--devices is a number.')
        .int('--devices is a number.')
        .min(0, '--devices is 0 or more.')
        .max(500, 'One process simulates 500 devices at most.')
        .default(20),
      port: Port.optional(),
      story: z.enum(['update'], '--story is update.').optional(),
      logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('error'),
    }),
    examples: [
      'rockpool-fleet demo',
      'rockpool-fleet demo --devices 100 --port 9000 --home /tmp/fleet',
      'rockpool-fleet demo --story update',
    ],
    async run({ home, database, clock, out }, _, { devices, port, logLevel, story }) {
      if (database !== home)
        throw new Refusal('bad-request', 'A demonstration has a database of its own; leave --database out.');
      // It runs agents, whose code a controller that is installed alone doesn't have.
      const { startDemo } = await import('../simulated/demo.ts').catch((cause: unknown) => {
        throw isMissing(cause) ? needsAgents(cause) : cause;
      });
      const demo = await startDemo({
        ...{ home, devices, clock, ports: portsOf(port), isCalm: story !== undefined },
        logger: pino({ level: logLevel }, pino.destination({ dest: 2, sync: true })),
      }).catch((cause: unknown) => {
        throw told(cause);
      });
      if (story) return tellStory(demo, { home, clock, out });
      const { url, broker, dashboard } = demo.controller;
      const setupCode = dashboard?.setupCode;
      out.result({ dashboard: dashboard?.url, setupCode, url, broker, claim: demo.claim, devices }, () => [
        ...doorLines(dashboard),
        `${devices} simulated devices are joining${devices > 28 ? ', one in two seconds' : ''}.${devices > 10 ? ' The fan of one stands still soon, and another is unplugged.' : ''}`,
        '',
        'An agent of your own joins them, in another terminal, by:',
        `  npx rockpool-provision join ${demo.claim} --name desk && npm start`,
        'The same from the command line:',
        `  npx rockpool-fleet device list --home ${home}`,
        'Ctrl-C ends it all; the next start goes on with the same fleet.',
      ]);
      await stopped();
      out.note('Ending …');
      await demo.close();
    },
  });

const doorLines = (dashboard: Demo['controller']['dashboard']): string[] =>
  dashboard?.setupCode === undefined
    ? [`Dashboard: ${dashboard?.url}`, 'Sign in as the operator that you made before.']
    : [
        `Dashboard: ${dashboard.url}/#setup=${dashboard.setupCode}`,
        `Its first operator comes in with the code ${dashboard.setupCode}, which is good once and for a day.`,
      ];

/** After the story's end, for a look at its last page. */
const lingerMs = 30_000;

/** Ends all that it started, also when it is interrupted. */
async function tellStory(
  demo: Demo,
  { home, clock, out }: Pick<Doing, 'home' | 'clock' | 'out'>,
): Promise<void> {
  const { tellUpdateStory, usualStory } = await import('../simulated/story.ts');
  const ending = new AbortController();
  void stopped().then(() => ending.abort(new Refusal('aborted', 'The story was interrupted.')));
  const say = (line: string): void => out.note(line);
  for (const line of doorLines(demo.controller.dashboard)) say(line);
  say('Look at its page of rollouts while this goes on.');
  say(
    'The keys of its releases lie on this machine, one for each role: enough for a story. A fleet that is meant asks for two signatures, from machines without a network (docs/releases.md).',
  );
  try {
    const { good, broken } = await tellUpdateStory({ demo, home, clock, say, ...usualStory }, ending.signal);
    out.result(
      {
        good: { id: good.id, state: good.state },
        broken: { id: broken.id, state: broken.state, because: broken.because },
      },
      () => ['', 'The end.'],
    );
    say(`Why it halted, and where: ${demo.controller.dashboard?.url}/#/rollouts/${broken.id}`);
    say(`All this ends in ${lingerMs / 1_000} seconds, or by Ctrl-C.`);
    await wait(lingerMs, undefined, { signal: ending.signal }).catch(() => undefined); // then it ends sooner
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    await demo.close();
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';

const needsAgents = (cause: unknown): Refusal =>
  new Refusal(
    'not-found',
    'Simulated devices run the code of the agent, which is not installed here; run `demo` in a clone of the project.',
    { cause },
  );

function portsOf(port: number | undefined): { dashboard: number; enrolment: number; mqtt: number } {
  if (port === undefined) return { dashboard: usualPort, enrolment: 8443, mqtt: 8883 };
  return port === 0
    ? { dashboard: 0, enrolment: 0, mqtt: 0 }
    : { dashboard: port, enrolment: port + 1, mqtt: port + 2 };
}
