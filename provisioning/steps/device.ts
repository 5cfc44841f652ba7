/** What makes it a device of its operator: keys, the fleet's word for them, the door that people come in by. */
import type { Config } from '../config.ts';
import type { Facts } from '../facts/facts.ts';
import { nameOf, type Step } from './step.ts';

/** Made on the device; each is sealed and never leaves it. Those of certificates are made with their certificates. */
const ownKeys = ['identity-key', 'secrets-key'] as const;

export const identityStep: Step = {
  id: 'identity',
  title: 'Make its own keys',
  why: 'They are made here and leave never; whoever copies the disk has none of them.',
  refuses: ({ programs, device }) =>
    device === null && programs.systemd !== null && programs.systemd < 250
      ? `systemd ${programs.systemd} can’t seal credentials; it takes 250 or newer (JetPack 7).`
      : null,
  holds: ({ device }) => ownKeys.every((name) => device?.credentials.includes(name)),
  seen: ({ device }) => `Sealed keys: ${device?.credentials.join(', ') || 'none'}.`,
  apply: ({ world, config }) => world.makeIdentity(config),
};

export const setupCodeStep: Step = {
  id: 'setup-code',
  title: 'Hand over the label’s code',
  why: 'The first administrator makes an account with it, once.',
  holds: ({ device }) => device?.credentials.includes('setup-code') ?? false,
  seen: ({ device }) =>
    device?.credentials.includes('setup-code')
      ? 'The agent knows the label’s code by its hash.'
      : 'The agent doesn’t know the label’s code.',
  apply: ({ world, config }) => {
    const hash = config.setup.code_hash;
    if (!hash) throw new Error('no setup code was made before the steps began');
    return world.saveSetupCode(hash, config);
  },
};

export const enrolmentStep: Step = {
  id: 'enrolment',
  title: 'Join the fleet',
  why: 'The controller knows it from here on, and signs what it shows to others.',
  isWanted: ({ fleet }) => fleet,
  holds: ({ device }) => device?.enrolled?.certificate.pairs === true,
  refuses: (facts) => {
    // What is on a closed disk isn't known: it may be enrolled long since.
    if (
      facts.device?.enrolled ||
      (facts.disk?.content.kind === 'luks2' && facts.disk.content.header.mark === 'kept' && !facts.device)
    )
      return null;
    if (!facts.claim)
      return 'There is no claim. Put a stick with rockpool.claim in, or type the claim that `rockpool-fleet claim create` printed; for a device without a fleet set fleet = false.';
    return facts.claim.controller === null
      ? 'This claim doesn’t say whose it is. Set controller.url and controller.pin, or use the file or QR code instead of the typed claim.'
      : null;
  },
  seen: ({ device }) =>
    device?.enrolled
      ? `It is ${device.name} of ${device.enrolled.controller ?? 'its fleet'}, until ${day(device.enrolled.certificate.untilMs)}.`
      : 'It is of no fleet yet.',
  apply: ({ world, facts, config, signal }) => world.enrol(nameOf(facts, config), config, signal),
};

export const lanCertificateStep: Step = {
  id: 'lan-certificate',
  title: 'Get the chat page’s certificate',
  why: 'Browsers see that they speak with this device, and nobody between.',
  holds: (facts, config) => {
    const lan = facts.device?.lan;
    return Boolean(
      lan?.pairs &&
        lan.untilMs > facts.at &&
        wantedNames(facts, config).every((name) => lan.names.includes(name)),
    );
  },
  seen: ({ device }) =>
    device?.lan
      ? `Its certificate is for ${[...device.lan.names, ...device.lan.addresses].join(', ')}, until ${day(device.lan.untilMs)}.`
      : 'There is no certificate for the chat page.',
  apply: ({ world, facts, config, signal }) => world.certifyLan(nameOf(facts, config), config, signal),
};

/** A public authority vouches for public names only. */
const wantedNames = (facts: Facts, config: Config): string[] =>
  config.tls.mode === 'acme' ? config.tls.names : [`${nameOf(facts, config)}.local`, ...config.tls.names];

export const escrowStep: Step = {
  id: 'escrow',
  title: 'Leave a copy of the disk’s header with the fleet',
  why: 'A damaged header would lose everything; the copy is sealed for the operator alone, and opens nothing without the recovery key.',
  isWanted: ({ escrow }) => escrow !== undefined,
  holds: ({ device }) =>
    device !== null && device.headerDigest !== null && device.escrowed === device.headerDigest,
  seen: ({ device }) =>
    device?.escrowed
      ? device.escrowed === device.headerDigest
        ? 'The operator has a copy of this header.'
        : 'The operator’s copy is of an older header.'
      : 'The operator has no copy of the header.',
  apply: ({ world, facts, config, signal }) => world.escrowHeader(facts, config, signal),
};

export const firewallStep: Step = {
  id: 'firewall',
  title: 'Close every other door',
  why: 'People come in on 443; the device itself speaks with its controller and a time server, and with nobody else.',
  isWanted: ({ network }) => network.firewall,
  holds: ({ network }) => network.firewall === 'loaded',
  seen: ({ network }) =>
    `The firewall is ${{ loaded: 'loaded', other: 'not as it should be', absent: 'not loaded' }[network.firewall]}.`,
  apply: ({ world, config }) => world.loadFirewall(config),
};

/** Always wanted: a setting that is switched off has to take away what it put there. */
export const nginxStep: Step = {
  id: 'nginx',
  title: 'Settle who answers on 443',
  why: 'The agent itself, or nginx in front of it, as the settings say; never one where the other is expected.',
  holds: ({ network }, config) => network.nginx === (config.network.nginx ? 'in-front' : 'away'),
  refuses: ({ programs }, config) =>
    config.network.nginx && programs.nginx === null
      ? 'network.nginx is true, and nginx is not installed. Install the package nginx, or set network.nginx = false.'
      : null,
  seen: ({ network }) =>
    ({
      'in-front': 'nginx stands in front of the agent.',
      away: 'The agent answers by itself.',
      other: 'nginx is neither in front of the agent nor away; look at `systemctl status rockpool-nginx`.',
    })[network.nginx],
  apply: ({ world, config }) => world.setNginx(config),
};

export const agentStep: Step = {
  id: 'agent',
  title: 'Let people in',
  why: 'From here on every boot starts the agent instead of this setup. It is the last step: before it, nobody is served.',
  holds: ({ device }) => device?.isSetUp ?? false,
  seen: ({ device }) =>
    device?.isSetUp ? 'The device is set up.' : 'The device does not say that it is set up.',
  apply: ({ world }) => world.markSetUp(),
};

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
