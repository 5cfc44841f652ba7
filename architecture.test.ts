/** Which folder may import which, with the reason. This table is the architecture; ARCHITECTURE.md only explains it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const everywhere = ['protocol'];

/** A room of the controller says which rows are its own; the store joins them to one database. */
const fleetTables = Object.fromEntries(
  [
    ...['alerts', 'audit', 'authority', 'commands', 'enrolment', 'operators', 'registry', 'rollout'].map(
      (room) => `fleet/${room}/tables.ts`,
    ),
    'fleet/registry/reported-tables.ts',
  ].map((file) => [
    file,
    {
      imports: ['protocol', 'fleet/store', ...(file.startsWith('fleet/commands') ? ['fleet/commands'] : [])],
      because: 'rows are types, declared by the room that they belong to',
    },
  ]),
);

/** Rows are folders (or single files, which win over their folder); a row may import itself and what stands here. */
const mayImport: Record<string, { imports: readonly string[]; because: string }> = {
  protocol: { imports: [], because: 'what crosses a wire depends on nothing that runs' },
  models: { imports: [], because: 'the image builder uses it without an agent' },
  'agent/host': { imports: [], because: 'the operating system knows nothing of us' },
  'agent/host/posture': {
    imports: [...everywhere, 'agent/host', 'signing'],
    because: 'the same reading of the kernel answers for the agent and for provisioning',
  },
  'agent/secrets': {
    imports: [...everywhere, 'agent/host'],
    because: 'it seals and opens; what for is told by who asks',
  },
  'agent/front.ts': {
    imports: [
      ...everywhere,
      'agent/auth',
      'agent/config',
      'agent/health',
      'agent/host',
      'agent/host/posture',
      'agent/http',
    ],
    because: 'what an appliance shows before its posture holds, when nothing of people may be open',
  },
  'agent/config': {
    imports: everywhere,
    because: 'settings are values; who uses them is not their business',
  },
  'agent/audit': {
    imports: [...everywhere, 'agent/host'],
    because: 'everyone may be audited, so it knows no one',
  },
  'agent/inference': {
    imports: [...everywhere, 'agent/host', 'models'],
    because: 'the model answers whoever asks and never sees a session or a person',
  },
  'agent/store': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/auth',
      'agent/conversation',
      'agent/documents',
      'agent/memory',
    ],
    because: 'its thread opens the table of every room, and nothing else of them',
  },
  'agent/auth': {
    imports: [...everywhere, 'agent/host', 'agent/store', 'signing'],
    because: 'who one is does not depend on what one says',
  },
  'agent/vectors': {
    imports: ['agent/store'],
    because: 'an index of numbers: whose they are and what they mean is told by the room that uses it',
  },
  'agent/memory': {
    imports: [...everywhere, 'agent/host', 'agent/store', 'agent/inference', 'agent/vectors'],
    because: 'it embeds and stores; who asks is an argument',
  },
  'agent/documents': {
    imports: [...everywhere, 'agent/host', 'agent/store', 'agent/inference', 'agent/vectors'],
    because: 'it parses, embeds and stores; who asks is an argument',
  },
  'agent/conversation': {
    imports: [...everywhere, 'agent/host', 'agent/store', 'agent/inference'],
    because: 'a turn is told what memory, documents and audit are; agent.ts joins them',
  },
  'agent/health': { imports: [...everywhere, 'agent/host'], because: 'parts report to it; it asks no part' },
  'agent/uplink': {
    imports: [...everywhere, 'agent/host', 'signing'],
    because: 'it carries what it is given to the controller, and what the controller asks to whoever does it',
  },
  'agent/update/parts.ts': {
    imports: everywhere,
    because: 'what the rooms of the updater are to each other',
  },
  'agent/update/disk.ts': {
    imports: [],
    because: 'every write goes through it, so that tests can cut the power at each',
  },
  'agent/update/disk': {
    imports: ['agent/update/disk.ts'],
    because: 'the disk, and what makes a write durable',
  },
  'agent/update/machine': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/parts.ts',
    ],
    because:
      'it knows phases and records; what a release is made of, and how it comes into force, is told by parts',
  },
  'agent/update/metadata': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/parts.ts',
      'signing',
    ],
    because: 'whom this device believes does not depend on what it does with it',
  },
  'agent/update/payload': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/parts.ts',
    ],
    because: 'bytes are whole or not, whatever they are for',
  },
  'agent/update/slots': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/parts.ts',
    ],
    because: 'boot loaders know nothing of releases',
  },
  'agent/update/appliers': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/parts.ts',
      'agent/update/slots',
      'models',
    ],
    because: 'how each kind comes into force, told to do so by the machine',
  },
  'agent/update': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/update/appliers',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/machine',
      'agent/update/metadata',
      'agent/update/parts.ts',
      'agent/update/payload',
      'agent/update/slots',
    ],
    because: 'it joins the rooms of the updater; who serves people meanwhile is asked over a socket',
  },
  'agent/member.ts': {
    imports: [
      ...everywhere,
      'agent/audit',
      'agent/config',
      'agent/health',
      'agent/host',
      'agent/inference',
      'agent/update',
      'agent/uplink',
    ],
    because: 'it joins health and uplink for a device of a fleet, and never sees what people say',
  },
  'agent/http': {
    imports: [
      ...everywhere,
      'agent/audit',
      'agent/auth',
      'agent/conversation',
      'agent/documents',
      'agent/health',
      'agent/host',
      'agent/inference',
      'agent/memory',
      'agent/secrets',
      'agent/store',
      'signing',
    ],
    because: 'the doors speak protocols for all rooms, and hold no rules of theirs',
  },
  'agent/cli': {
    imports: [
      ...everywhere,
      'agent/audit',
      'agent/config',
      'agent/host',
      'agent/host/posture',
      'agent/health',
      'agent/main.ts',
      'agent/store',
      'agent/update',
      'agent/update/disk',
      'agent/update/machine',
      'agent/update/metadata',
      'agent/update/parts.ts',
      'agent/uplink',
      'models',
    ],
    because: 'a command line is a client: it asks the agent over HTTP',
  },
  'agent/agent.ts': {
    imports: [
      ...everywhere,
      'agent/audit',
      'agent/auth',
      'agent/config',
      'agent/conversation',
      'agent/documents',
      'agent/health',
      'agent/host',
      'agent/http',
      'agent/inference',
      'agent/memory',
      'agent/secrets',
      'agent/store',
      'agent/update',
    ],
    because: 'it joins the rooms into the two flows, and touches no driver',
  },
  'agent/main.ts': {
    imports: [
      ...everywhere,
      'agent/agent.ts',
      'agent/audit',
      'agent/auth',
      'agent/cli',
      'agent/config',
      'agent/front.ts',
      'agent/health',
      'agent/host',
      'agent/host/posture',
      'agent/http',
      'agent/inference',
      'agent/member.ts',
      'agent/secrets',
      'agent/store',
      'models',
    ],
    because: 'the process: it opens the drivers',
  },
  'provisioning/exec.ts': { imports: [], because: 'it runs a program and knows none' },
  'provisioning/config.ts': { imports: [...everywhere, 'signing'], because: 'settings are values' },
  'provisioning/disk': {
    imports: [...everywhere, 'provisioning/exec.ts'],
    because: 'it is told a disk and a key; who asks is not its business',
  },
  'provisioning/identity': {
    imports: [...everywhere, 'agent/host', 'provisioning/exec.ts', 'signing'],
    because: 'keys are made and kept the same, whoever certifies them',
  },
  'provisioning/enrolment': {
    imports: [...everywhere, 'agent/host', 'provisioning/identity', 'signing'],
    because: 'it speaks to a controller, and knows no disk and no page',
  },
  'provisioning/tls': {
    imports: [
      'agent/host',
      'provisioning/enrolment',
      'provisioning/exec.ts',
      'provisioning/identity',
      'signing',
    ],
    because: 'a certificate comes from a controller, an authority of our own or ACME',
  },
  'provisioning/firewall': {
    imports: ['agent/host', 'provisioning/config.ts', 'provisioning/exec.ts', 'provisioning/identity'],
    because: 'rules follow from settings',
  },
  'provisioning/nginx': {
    imports: ['agent/host', 'provisioning/exec.ts'],
    because: 'a proxy in front is an option that nothing else knows of',
  },
  'provisioning/facts': {
    imports: [
      ...everywhere,
      'agent/host/posture',
      'provisioning/config.ts',
      'provisioning/disk',
      'provisioning/exec.ts',
      'provisioning/identity',
      'signing',
    ],
    because: 'it only looks, and so never imports what changes the world',
  },
  'provisioning/world.ts': {
    imports: ['provisioning/config.ts', 'provisioning/facts'],
    because: 'the deeds by name; the real ones and those of tests stand behind it',
  },
  'provisioning/steps': {
    imports: ['provisioning/config.ts', 'provisioning/facts', 'provisioning/world.ts'],
    because: 'a step decides by facts and acts by the world: it runs no program',
  },
  'provisioning/plan.ts': {
    imports: ['provisioning/config.ts', 'provisioning/facts', 'provisioning/steps'],
    because: 'a pure function of facts and settings',
  },
  'provisioning/apply.ts': {
    imports: [
      'provisioning/config.ts',
      'provisioning/facts',
      'provisioning/plan.ts',
      'provisioning/steps',
      'provisioning/world.ts',
    ],
    because: 'it decides nothing',
  },
  'provisioning/verify.ts': {
    imports: [
      ...everywhere,
      'provisioning/config.ts',
      'provisioning/facts',
      'provisioning/plan.ts',
      'provisioning/steps',
    ],
    because: 'it judges facts, and changes none',
  },
  'provisioning/receipt.ts': { imports: ['agent/host', 'provisioning/facts'], because: 'it tells facts' },
  'provisioning/linux': {
    imports: [
      ...everywhere,
      'agent/host',
      'agent/host/posture',
      'provisioning/config.ts',
      'provisioning/disk',
      'provisioning/enrolment',
      'provisioning/exec.ts',
      'provisioning/facts',
      'provisioning/firewall',
      'provisioning/identity',
      'provisioning/nginx',
      'provisioning/steps',
      'provisioning/tls',
      'provisioning/world.ts',
    ],
    because: 'the world as it is on a device; nothing but main and the command line may have it',
  },
  'provisioning/serve': {
    imports: [
      ...everywhere,
      'provisioning/apply.ts',
      'provisioning/config.ts',
      'provisioning/disk',
      'provisioning/enrolment',
      'provisioning/facts',
      'provisioning/plan.ts',
      'provisioning/steps',
      'provisioning/world.ts',
    ],
    because: "root's side of the setup page: a closed set of requests over one socket",
  },
  'provisioning/setup': {
    imports: [...everywhere, 'agent/host', 'provisioning/serve', 'signing'],
    because: "it faces the network, and reaches root's side by that socket only",
  },
  'provisioning/cli': {
    imports: [
      ...everywhere,
      'agent/host',
      'provisioning/apply.ts',
      'provisioning/config.ts',
      'provisioning/disk',
      'provisioning/enrolment',
      'provisioning/exec.ts',
      'provisioning/facts',
      'provisioning/identity',
      'provisioning/linux',
      'provisioning/plan.ts',
      'provisioning/receipt.ts',
      'provisioning/serve',
      'provisioning/steps',
      'provisioning/tls',
      'provisioning/verify.ts',
      'provisioning/world.ts',
      'signing',
    ],
    because: 'a command is a sentence about the other rooms',
  },
  'provisioning/main.ts': {
    imports: [
      'agent/host',
      'agent/host/posture',
      'agent/secrets',
      'provisioning/cli',
      'provisioning/exec.ts',
      'provisioning/facts',
      'provisioning/linux',
      'provisioning/steps',
    ],
    because: 'the process: it opens the world',
  },
  signing: { imports: everywhere, because: 'a signature knows the wire, and not who uses it' },
  'fleet/host': { imports: [], because: 'the operating system knows nothing of us' },
  ...fleetTables,
  'fleet/store': {
    imports: Object.keys(fleetTables),
    because: "databases and transactions; what rows mean is their rooms' business",
  },
  'fleet/audit': {
    imports: ['fleet/audit/tables.ts', 'fleet/store', 'signing'],
    because: 'everyone may be audited, so it knows no one',
  },
  'fleet/registry': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/host',
      'fleet/registry/reported-tables.ts',
      'fleet/registry/tables.ts',
      'fleet/store',
    ],
    because: 'what is known of devices; who said it, and how, is no matter here',
  },
  'fleet/authority': {
    imports: [...everywhere, 'fleet/authority/tables.ts', 'fleet/host', 'fleet/store', 'signing'],
    because: 'it signs what it is given; whether it may is decided before',
  },
  'fleet/enrolment': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/authority',
      'fleet/enrolment/tables.ts',
      'fleet/host',
      'fleet/registry',
      'fleet/registry/tables.ts',
      'fleet/store',
      'signing',
    ],
    because: 'who may become a device; by which door they come is not its business',
  },
  'fleet/operators': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/host',
      'fleet/operators/tables.ts',
      'fleet/store',
      'signing',
    ],
    because: 'who may act does not depend on what is acted on',
  },
  'fleet/commands': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/commands/tables.ts',
      'fleet/host',
      'fleet/registry',
      'fleet/store',
    ],
    because: 'it decides what is sent; who publishes is told by who joins the rooms',
  },
  'fleet/releases': {
    imports: [...everywhere, 'fleet/host', 'signing'],
    because: 'files that are signed: no database, and nobody who is told to install them',
  },
  'fleet/rollout': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/commands',
      'fleet/host',
      'fleet/registry',
      'fleet/releases',
      'fleet/rollout/tables.ts',
      'fleet/store',
    ],
    because:
      'who is told to install what, and when to stop; what is in a release is told by who joins the rooms',
  },
  'fleet/alerts': {
    imports: [
      ...everywhere,
      'fleet/alerts/tables.ts',
      'fleet/audit',
      'fleet/host',
      'fleet/registry',
      'fleet/store',
    ],
    because: 'rules read rows, and know no broker',
  },
  'fleet/broker': {
    imports: [...everywhere, 'fleet/host'],
    because: 'it carries bytes, and asks by a function whether somebody may',
  },
  'fleet/ingest': {
    imports: [
      ...everywhere,
      'fleet/broker',
      'fleet/commands',
      'fleet/host',
      'fleet/registry',
      'fleet/registry/reported-tables.ts',
      'fleet/rollout',
      'fleet/store',
      'signing',
    ],
    because: 'from bytes of a broker to rows; nobody is served here',
  },
  'fleet/intake.ts': {
    imports: [...everywhere, 'fleet/broker', 'fleet/host', 'fleet/ingest', 'fleet/registry', 'fleet/store'],
    because: 'it joins broker and ingest to the flow of a report',
  },
  'fleet/views': {
    imports: [
      ...everywhere,
      'fleet/alerts',
      'fleet/commands',
      'fleet/host',
      'fleet/registry',
      'fleet/registry/reported-tables.ts',
      'fleet/rollout',
      'fleet/store',
    ],
    because: 'what operators see, read from rows alone: the same for the page and the command line',
  },
  'fleet/api': {
    imports: [
      ...everywhere,
      'fleet/alerts',
      'fleet/audit',
      'fleet/authority',
      'fleet/commands',
      'fleet/enrolment',
      'fleet/host',
      'fleet/ingest',
      'fleet/operators',
      'fleet/registry',
      'fleet/rollout',
      'fleet/store',
      'fleet/views',
      'signing',
    ],
    because: 'the doors speak HTTP for all rooms, and hold no rules of theirs',
  },
  'fleet/controller': {
    imports: [
      ...everywhere,
      'fleet/alerts',
      'fleet/api',
      'fleet/authority',
      'fleet/broker',
      'fleet/commands',
      'fleet/enrolment',
      'fleet/host',
      'fleet/ingest',
      'fleet/intake.ts',
      'fleet/operators',
      'fleet/registry',
      'fleet/releases',
      'fleet/rollout',
      'fleet/store',
      'fleet/views',
      'signing',
    ],
    because: 'parts of the joining; none of the rooms knows it',
  },
  'fleet/controller.ts': {
    imports: [
      ...everywhere,
      'fleet/audit',
      'fleet/authority',
      'fleet/controller',
      'fleet/host',
      'fleet/releases',
      'fleet/rollout',
      'fleet/store',
      'signing',
    ],
    because: "it joins the rooms, and never sees a line of a device's code",
  },
  'fleet/simulated': {
    imports: [
      ...everywhere,
      'agent/health',
      'agent/host',
      'agent/update',
      'agent/update/disk',
      'agent/update/disk.ts',
      'agent/update/machine',
      'agent/update/metadata',
      'agent/update/parts.ts',
      'agent/update/payload',
      'agent/update/appliers',
      'agent/uplink',
      'fleet/controller.ts',
      'fleet/enrolment',
      'fleet/host',
      'fleet/releases',
      'fleet/rollout',
      'fleet/store',
      'provisioning/enrolment',
      'provisioning/identity',
      'signing',
    ],
    because: "devices of a demonstration: an agent's own uplink and health on a host that is made up",
  },
  'fleet/cli': {
    imports: [
      ...everywhere,
      'fleet/alerts',
      'fleet/audit',
      'fleet/authority',
      'fleet/commands',
      'fleet/controller',
      'fleet/controller.ts',
      'fleet/enrolment',
      'fleet/host',
      'fleet/operators',
      'fleet/registry',
      'fleet/releases',
      'fleet/rollout',
      'fleet/simulated',
      'fleet/store',
      'fleet/views',
      'signing',
    ],
    because: "an operator on the controller's machine works on its files",
  },
  'fleet/main.ts': { imports: ['fleet/cli'], because: 'the process' },
  web: { imports: everywhere, because: 'the page knows the wire, not the agent' },
};

/** A library that only its driver may touch. */
const drivers: Record<string, RegExp> = {
  'better-sqlite3': /^agent\/(?:store\/sqlite|uplink\/sqlite|host\/lock)\.ts$|^fleet\/store\/sqlite\.ts$/,
  '@peculiar/x509': /^signing\/x509\.ts$/,
  'reflect-metadata': /^signing\/x509\.ts$/,
  '@scure/bip39': /^provisioning\/disk\/recovery\.ts$/,
  'acme-client': /^provisioning\/tls\/acme\.ts$/,
  'smol-toml': /^provisioning\/config\.ts$/,
  '@tufjs/models': /^fleet\/releases\/tuf\.ts$/,
  tar: /^agent\/update\/appliers\/tar\.ts$|^fleet\/releases\/tar\.ts$/,
  'tuf-js': /^agent\/update\/metadata\/tuf\.ts$|^fleet\/releases\/tuf-js\.ts$/,
  tweetnacl: /^signing\/(?:identity|release-key)\.ts$|^provisioning\/disk\/nacl-box\.ts$/,
  'sqlite-vec': /^agent\/store\/sqlite\.ts$/,
  'node-llama-cpp': /^agent\/inference\/llama\.ts$|^bench\//,
  '@huggingface/jinja': /^agent\/inference\/jinja\.ts$/,
  'prom-client': /^agent\/health\/(?:metrics|gauges)\.ts$|^fleet\/api\/metrics\.ts$/,
  systeminformation: /^agent\/health\/machine\/systeminformation\.ts$/,
  'node-cron': /^agent\/host\/cron\.ts$/,
  mqtt: /^agent\/uplink\/mqtt\.ts$|^fleet\/broker\/mqtt\.ts$|^bench\//,
  aedes: /^fleet\/broker\/aedes\.ts$/,
  pg: /^fleet\/store\/postgres\.ts$/,
  uplot: /^web\/fleet\/uplot\.tsx$/,
  unpdf: /^agent\/documents\/parse\/pdf\.ts$/,
  mammoth: /^agent\/documents\/parse\/docx\.ts$/,
};

const rowOf = (path: string): string => {
  const rows = Object.keys(mayImport).filter((row) => path === row || path.startsWith(`${row}/`));
  return rows.sort((a, b) => b.length - a.length)[0] ?? path;
};

const resolve = (file: string, specifier: string): string =>
  specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier.replace('@rockpool/', '');

const sources = ['agent', 'fleet', 'models', 'protocol', 'provisioning', 'signing', 'web', 'bench', 'evals']
  .flatMap((top) => readdirSync(top, { recursive: true, encoding: 'utf8' }).map((file) => join(top, file)))
  .filter((file) => /\.tsx?$/.test(file) && !/node_modules|web\/dist|\.test\.|\/test\//.test(file));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );

/** Doubles and fixtures stand beside what they are for, and only tests may use them. */
const isForTests = (file: string): boolean => /\/test\/|\/fake-[\w-]+\.ts$|\.fixture\.ts$/.test(file);

const rooms = sources.filter(
  (file) => !/^(?:bench|evals)\//.test(file) && !/vite\.config/.test(file) && !isForTests(file),
);

test.each(rooms)('%s imports only what its folder may', (file) => {
  const from = rowOf(file);
  for (const specifier of importsOf(file).filter((name) => /^\.|^@rockpool\//.test(name))) {
    const to = rowOf(resolve(file, specifier));
    if (to !== from)
      expect(mayImport[from]?.imports, `${file} → ${specifier}: ${mayImport[from]?.because}`).toContain(to);
  }
});

test.each(rooms)('%s uses no double and no fixture', (file) => {
  for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
    expect(isForTests(resolve(file, specifier)), `${file} → ${specifier}`).toBe(false);
  }
});

test.each(sources.filter((file) => !isForTests(file)))('%s leaves libraries to their drivers', (file) => {
  for (const specifier of importsOf(file)) {
    const driver = drivers[specifier];
    if (driver) expect(file, `${specifier} has a driver`).toMatch(driver);
  }
});

test.each(sources)('%s opens with a sentence that says what it is for', (file) => {
  expect(readFileSync(file, 'utf8').replace(/^#!.*\n/, '')).toMatch(/^\/\*\*\s/);
});

test('every row of the table has files, and every file a row', () => {
  expect(new Set(rooms.map(rowOf))).toEqual(new Set(Object.keys(mayImport)));
});
