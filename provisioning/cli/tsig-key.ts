/** `tsig-key`: takes the secret that signs updates of a DNS zone, which `provisioning.toml` may not hold. */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { openDevice } from '../linux/device.ts';
import { parseTsigKey } from '../tls/tsig.ts';
import { define, type Kit } from './kit.ts';

export function tsigKeyCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'tsig-key',
    summary: 'seals the key for updates of the zone (dns-01), from standard input as tsig-keygen writes it',
    examples: ['npx rockpool-provision tsig-key < acme.key'],
    async run({ parts, config, streams, out }) {
      const written = await text(streams.stdin);
      const { name, algorithm } = parseTsigKey(written);
      const world = parts.openWorld();
      world.parts.mustBeMounted();
      await openDevice(world.parts, config).credentials.save('acme-tsig-key', Buffer.from(written));
      out.result({ name, algorithm }, () => [`The key ${name} (${algorithm}) is sealed to this device.`]);
      return undefined;
    },
  });
}
