/** `serve`, `renew` and `tell-disk`: what systemd runs; no person is at a console. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { keyToPem } from '@rockpool/signing/x509';
import type { Command } from 'commander';
import { apply } from '../apply.ts';
import type { Config } from '../config.ts';
import { deviceFolder } from '../facts/device.ts';
import { headerOf } from '../facts/facts.ts';
import { renewSecretsKey } from '../identity/keys.ts';
import { openPairs } from '../identity/pairs.ts';
import { openDevice, tlsParts, tlsSettings } from '../linux/device.ts';
import { must } from '../linux/must.ts';
import { groupNamed } from '../linux/world.ts';
import { receiptLines, receiptOf } from '../receipt.ts';
import type { ProvisionAnswer } from '../serve/requests.ts';
import { socketPath } from '../serve/requests.ts';
import { createProvisionServer, listenAt } from '../serve/server.ts';
import { createSetup } from '../serve/setup.ts';
import { nameOf } from '../steps/step.ts';
import { renew } from '../tls/renew.ts';
import { exitCodes } from './exit-codes.ts';
import { type Doing, define, type Kit } from './kit.ts';
import { ensureCode } from './setup-code.ts';

/** The page says goodbye, and where to go. */
const farewellMs = 4_000;
/** What the agent's unit gives it to start, and a little more. */
const agentStartMs = 200_000;

export function serviceCommands(program: Command, kit: Kit): void {
  define<{ socket: string; group: string }>(program, kit, {
    usage: 'serve',
    summary: 'root’s side of the setup page, on a Unix socket; ends when the device is set up',
    options: [
      ['--socket <path>', 'where the setup page asks'],
      ['--group <name>', 'who may ask'],
    ],
    examples: ['npx rockpool-provision serve --config /etc/rockpool/provisioning.toml'],
    run: (doing, { socket = socketPath, group = 'rockpool-setup' }) => serve(doing, socket, group),
  });

  define<RenewOptions>(program, kit, {
    usage: 'renew',
    summary: 'replaces the certificates that are due, and tells the agent',
    options: [
      ['--force', 'also those that are not due'],
      ['--new-key', 'with new keys'],
      ['--only-device', 'only the certificate for the fleet; that of the chat page stays'],
      ['--new-authority', 'by a new authority of its own, which people have to install again'],
      [
        '--secrets-key',
        'instead of certificates: a new key for what channels and upstreams sign in with; restarts the agent',
      ],
    ],
    examples: ['npx rockpool-provision renew', 'npx rockpool-provision renew --force --json'],
    async run(doing, { secretsKey = false, ...wanted }) {
      const { force = false, newKey = false, onlyDevice = false, newAuthority = false } = wanted;
      if (secretsKey) return renewKeyOfSecrets(doing);
      const { parts, config, signal, out } = doing;
      const world = parts.openWorld();
      const facts = await world.look(config);
      world.parts.mustBeMounted();
      const renewals = await renew(
        {
          ...(await tlsParts(world.parts, config)),
          reload: async (change) => {
            await must(parts.run, 'systemctl', [
              change === 'certificate' ? 'try-reload-or-restart' : 'try-restart',
              'rockpool-agent.service',
            ]);
          },
        },
        {
          name: nameOf(facts, config),
          tls: tlsSettings(config),
          addresses: world.parts.addresses(),
          force,
          newKey,
          newAuthority,
          onlyDevice,
        },
        signal,
      );
      out.result(renewals, () =>
        renewals.map(
          ({ certificate, outcome, says }) => `${outcome.padEnd(8)} ${certificate.padEnd(7)} ${says}`,
        ),
      );
      return renewals.some(({ outcome }) => outcome === 'failed') ? exitCodes.failed : undefined;
    },
  });

  define(program, kit, {
    usage: 'boot',
    summary: 'what a boot does without a person: opens and mounts the disk of a device that is set up',
    examples: ['npx rockpool-provision boot --config /etc/rockpool/provisioning.toml'],
    async run({ parts, config, signal, out }) {
      const world = parts.openWorld();
      const seen = await world.look(config);
      // A board that isn't a device yet is a matter for a person at the setup page.
      if (headerOf(seen)?.mark !== 'kept') return undefined;
      const nobody = {
        keep: () => Promise.reject(new Error('Nobody is there to keep a recovery key; open the setup page.')),
      };
      const facts = await apply({
        ...{ world, config, person: nobody, signal },
        tell: ({ id, state, says }) => out.note(`${id}: ${state}${says ? `. ${says}` : ''}`),
      });
      parts.tellDisk(facts);
      return undefined;
    },
  });

  define(program, kit, {
    usage: 'tell-disk',
    summary: 'tells the agent, which can’t read the disk’s header, what opens it',
    examples: ['npx rockpool-provision tell-disk'],
    async run({ parts, config, out }) {
      const facts = await parts.openWorld().look(config);
      parts.tellDisk(facts);
      out.result({ done: true }, () => []);
      return undefined;
    },
  });
}

interface RenewOptions {
  force?: boolean;
  newKey?: boolean;
  onlyDevice?: boolean;
  newAuthority?: boolean;
  secretsKey?: boolean;
}

async function renewKeyOfSecrets({ parts, config, signal, out }: Doing): Promise<number | undefined> {
  const world = parts.openWorld();
  world.parts.mustBeMounted();
  const left = await renewSecretsKey(
    {
      credentials: openDevice(world.parts, config).credentials,
      countSealedUnder: parts.countSealedUnder,
      restartAgent: async () =>
        void (await must(parts.run, 'systemctl', ['try-restart', 'rockpool-agent.service'], {
          timeoutMs: agentStartMs,
        })),
      wait: (ms, stop) => wait(ms, undefined, { signal: stop }),
    },
    signal,
  );
  out.result({ left }, () => [
    left === 0
      ? 'Every secret is sealed under a new key; the one before is gone.'
      : `There is a new key, and ${left} ${left === 1 ? 'secret is' : 'secrets are'} sealed under the one before still, which stays. When the agent serves people again, run this once more.`,
  ]);
  return left === 0 ? undefined : exitCodes.failed;
}

async function serve(doing: Doing, path: string, group: string): Promise<undefined> {
  const { parts, signal, out } = doing;
  const world = parts.openWorld();
  const config: Config = {
    ...doing.config,
    setup: { code_hash: await ensureCode(doing, world.memoryFolder()) },
  };
  const report = (error: unknown): void =>
    out.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const ended = Promise.withResolvers<void>();
  const setup = createSetup({
    ...{ world, config, report, signal, farewellMs },
    findings: (facts) => parts.posture(facts, config),
    async finished(facts) {
      parts.tellDisk(facts);
      const receipt = receiptOf(facts);
      parts.saveReceipt(`${JSON.stringify(receipt, null, 2)}\n`);
      // For whoever keeps the journal of the first boot.
      for (const line of receiptLines(receipt)) out.note(line);
      await Promise.resolve();
    },
    wait: (ms) => wait(ms, undefined, { signal }),
    handedOver: ended.resolve,
  });
  setup.watch(({ phase, steps }) => {
    const step = steps.find(({ state }) => state === 'running');
    out.note(`setup: ${phase}${step ? ` ${step.id}` : ''}`);
  });
  const server = createProvisionServer({
    ...{ setup, report },
    codeHash: () => (setup.progress().phase === 'done' ? null : (config.setup.code_hash ?? null)),
    certificate: () => certificateOf(world.parts, config),
  });
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  await listenAt(server, path, groupNamed(group));
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  try {
    await setup.begin();
    await ended.promise;
  } finally {
    server.end();
  }
  return undefined;
}

/** Of the encrypted volume, and only while it is there. */
async function certificateOf(
  parts: Parameters<typeof openDevice>[0] & { mustBeMounted(): void },
  config: Config,
): Promise<Extract<ProvisionAnswer, { say: 'certificate' }>['certificate']> {
  try {
    parts.mustBeMounted();
  } catch {
    return null; // the question is whether there is one, and then there is none
  }
  const { sealer, folder } = openDevice(parts, config);
  const pair = await openPairs(deviceFolder, sealer).load('lan');
  return (
    pair && {
      chain: pair.chain.join(''),
      key: keyToPem(pair.keys.privateKey),
      authority: folder.root('lan-ca.crt'),
    }
  );
}
