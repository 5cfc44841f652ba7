/** A controller that never was, for tests: speaks `protocol/fleet/api.ts`, both ways through its schemas, so that it can't drift from it. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import * as api from '@rockpool/protocol/fleet/api';
import { pagePolicy } from '@rockpool/protocol/page-headers';
import * as rollout from '@rockpool/protocol/update/rollout';
import { z } from 'zod';
import { type Device, type FakeFleet, overviewOf, samplesOf } from './fake-fleet.fixture.ts';
import { counted, type FakeRollout, forecastOf } from './fake-rollouts.fixture.ts';

/** What the controller's own door says of every answer; held to it by a test. */
export const policy = pagePolicy({ 'font-src': "'self'" });

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface FakeController {
  url: string;
  fleet: FakeFleet;
  /** Null: nobody is signed in. */
  operator: { name: string; role: api.Role } | null;
  needsSetup: boolean;
  /** Every connection is cut while it is. */
  isAway: boolean;
  /** Method, path and body of everything that was asked for. */
  asked: { method: string; path: string; body: unknown }[];
  /** Pages that listen just now. */
  listeners(): number;
  change(change: z.input<typeof api.Change>): void;
  close(): Promise<void>;
}

interface Request {
  fake: FakeController;
  url: URL;
  body: unknown;
  /** What stands for `*` in the route. */
  part: string;
}
type Answer = { status: number; json?: unknown };
type Route = [method: string, path: RegExp, role: api.Role | 'anyone', answer: (request: Request) => Answer];

const refused = (status: number, code: string, message: string): Answer => ({
  status,
  json: api.Refused.parse({ error: { code, message } }),
});
const told = <T extends z.ZodType>(schema: T, value: z.input<T>, status = 200): Answer => ({
  status,
  json: schema.parse(value),
});
const done: Answer = { status: 204 };

class Wrong extends Error {}
function read<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Wrong(parsed.error.message);
  return parsed.data;
}

const rows = <T extends z.ZodType>(name: string, row: T) => z.strictObject({ [name]: z.array(row) });

const routes: readonly Route[] = [
  ['GET', /^\/api\/me$/, 'anyone', ({ fake }) => told(api.Me, meOf(fake))],
  ['POST', /^\/api\/setup$/, 'anyone', setUp],
  ['POST', /^\/api\/login$/, 'anyone', logIn],
  [
    'POST',
    /^\/api\/me\/password$/,
    'viewer',
    ({ body }) => {
      const { current } = read(z.strictObject({ current: z.string(), next: z.string().min(10) }), body);
      return current === 'correct horse'
        ? done
        : refused(401, 'wrong-password', 'That is not your password.');
    },
  ],
  [
    'POST',
    /^\/api\/logout$/,
    'viewer',
    ({ fake }) => {
      fake.operator = null;
      return done;
    },
  ],
  [
    'GET',
    /^\/api\/overview$/,
    'viewer',
    ({ fake, url }) => told(api.Overview, overviewOf(fake.fleet, url.searchParams.get('by') ?? 'branch')),
  ],
  [
    'GET',
    /^\/api\/devices$/,
    'viewer',
    ({ fake, url }) => told(api.DeviceList, listOf(fake.fleet, url.searchParams)),
  ],
  ['GET', /^\/api\/devices\/([^/]+)$/, 'viewer', withDevice((device) => told(api.DeviceDetail, device))],
  [
    'GET',
    /^\/api\/devices\/([^/]+)\/samples$/,
    'viewer',
    withDevice((_, { url }) =>
      told(api.Samples, samplesOf(Number(url.searchParams.get('from')), Number(url.searchParams.get('to')))),
    ),
  ],
  [
    'PATCH',
    /^\/api\/devices\/([^/]+)$/,
    'operator',
    withDevice((device, { body }) => {
      device.labels = read(z.strictObject({ labels: z.record(z.string(), z.string()) }), body).labels;
      return done;
    }),
  ],
  [
    'POST',
    /^\/api\/devices\/([^/]+)\/commands$/,
    'operator',
    withDevice((device, { fake, body }) => {
      const ask = read(api.CommandAsk, body);
      device.commands.unshift(givenTo(device.name, ask, fake));
      fake.change({ devices: [device.name], alerts: false, commands: true });
      return done;
    }),
  ],
  [
    'POST',
    /^\/api\/devices\/([^/]+)\/revoke$/,
    'admin',
    withDevice((device, { body }) => {
      const { because = null } = read(z.strictObject({ because: z.string().max(200).optional() }), body);
      Object.assign(device, { presence: 'revoked', revoked: { at: Date.now(), because } });
      return done;
    }),
  ],
  [
    'POST',
    /^\/api\/commands$/,
    'operator',
    ({ fake, body }) => {
      const { names = [], ...ask } = read(api.CommandsAsk, body);
      for (const name of names) fake.fleet.devices.get(name)?.commands.unshift(givenTo(name, ask, fake));
      return done;
    },
  ],
  [
    'POST',
    /^\/api\/commands\/([^/]+)\/cancel$/,
    'operator',
    ({ fake, part }) => {
      const given = [...fake.fleet.devices.values()].flatMap(({ commands }) => commands);
      const command = given.find(({ id, state }) => id === part && (state === 'queued' || state === 'sent'));
      if (!command) return refused(409, 'conflict', 'It is under way, or over.');
      command.state = 'cancelled';
      return done;
    },
  ],
  [
    'GET',
    /^\/api\/alerts$/,
    'viewer',
    ({ fake, url }) => told(api.AlertList, alertsOf(fake.fleet, url.searchParams)),
  ],
  [
    'POST',
    /^\/api\/alerts\/(\d+)\/acknowledge$/,
    'operator',
    ({ fake, part }) => {
      const alert = fake.fleet.alerts.find(({ id }) => id === Number(part));
      if (!alert) return refused(404, 'not-found', 'There is no such alert.');
      alert.acknowledged = { by: fake.operator?.name ?? '', at: Date.now() };
      fake.change({ devices: [], alerts: true, commands: false });
      return done;
    },
  ],
  ['GET', /^\/api\/releases$/, 'viewer', ({ fake }) => told(rollout.ReleaseList, fake.fleet.releases)],
  [
    'GET',
    /^\/api\/rollouts$/,
    'viewer',
    ({ fake: { fleet } }) =>
      told(rollout.RolloutList, { rollouts: fleet.rollouts.map(rolloutRow), total: fleet.rollouts.length }),
  ],
  ['GET', /^\/api\/rollouts\/([^/]+)$/, 'viewer', withRollout((found) => told(rollout.RolloutDetail, found))],
  ['POST', /^\/api\/rollouts$/, 'operator', createRollout],
  ...(['start', 'pause', 'resume', 'approve', 'halt'] as const).map(
    (act): Route => ['POST', new RegExp(`^/api/rollouts/([^/]+)/${act}$`), 'operator', turned(act)],
  ),
  [
    'GET',
    /^\/api\/claims$/,
    'operator',
    ({ fake }) => told(rows('claims', api.ClaimRow), { claims: fake.fleet.claims }),
  ],
  ['POST', /^\/api\/claims$/, 'operator', createClaim],
  [
    'DELETE',
    /^\/api\/claims\/(\d+)$/,
    'operator',
    ({ fake, part }) => {
      const claim = fake.fleet.claims.find(({ id }) => id === Number(part));
      if (claim) claim.state = 'revoked';
      return claim ? done : refused(404, 'not-found', 'There is no such claim.');
    },
  ],
  [
    'GET',
    /^\/api\/operators$/,
    'admin',
    ({ fake }) => told(rows('operators', api.OperatorRow), { operators: fake.fleet.operators }),
  ],
  [
    'POST',
    /^\/api\/operators$/,
    'admin',
    ({ fake, body }) => {
      const { name, role } = read(api.OperatorAsk, body);
      if (fake.fleet.operators.some((one) => one.name === name))
        return refused(409, 'conflict', `There is an operator ${name} already.`);
      fake.fleet.operators.push({ name, role, createdAt: Date.now(), lastSeenAt: null });
      return done;
    },
  ],
  [
    'PATCH',
    /^\/api\/operators\/([^/]+)$/,
    'admin',
    ({ fake, body, part }) => {
      const change = read(z.strictObject({ role: api.Role, password: z.string().min(10) }).partial(), body);
      const row = fake.fleet.operators.find(({ name }) => name === part);
      const isLast =
        row?.role === 'admin' && fake.fleet.operators.filter(({ role }) => role === 'admin').length === 1;
      if (!row) return refused(404, 'not-found', 'There is no such operator.');
      if (isLast && change.role && change.role !== 'admin')
        return refused(409, 'conflict', 'The last admin stays one.');
      if (change.role) row.role = change.role;
      return done;
    },
  ],
  [
    'DELETE',
    /^\/api\/operators\/([^/]+)$/,
    'admin',
    ({ fake, part }) => {
      fake.fleet.operators = fake.fleet.operators.filter(({ name }) => name !== part);
      return done;
    },
  ],
  [
    'GET',
    /^\/api\/audit$/,
    'admin',
    ({ fake, url }) => {
      const before = Number(url.searchParams.get('before') ?? Number.POSITIVE_INFINITY);
      const limit = Number(url.searchParams.get('limit'));
      const entries = fake.fleet.audit.filter(({ seq }) => seq < before).slice(0, limit);
      return told(rows('entries', api.AuditRow), { entries });
    },
  ],
];

const ranks: readonly api.Role[] = ['viewer', 'operator', 'admin'];

const meOf = ({ operator, needsSetup }: FakeController): z.input<typeof api.Me> => ({
  operator,
  needsSetup,
  controller: { name: 'fleet.example', url: 'https://fleet.example:8444', version: '0.9.2' },
});

function setUp({ fake, body }: Request): Answer {
  const { code, name } = read(api.Setup, body);
  if (code !== 'RUN7-HKQ2') return refused(401, 'wrong-code', 'This is not the code.');
  fake.needsSetup = false;
  fake.operator = { name, role: 'admin' };
  return done;
}

function logIn({ fake, body }: Request): Answer {
  const { name, password } = read(api.Login, body);
  const row = fake.fleet.operators.find((one) => one.name === name);
  if (!row || password !== 'correct horse')
    return refused(401, 'wrong-password', 'Name or password is wrong.');
  fake.operator = { name, role: row.role };
  return done;
}

function createClaim({ fake, body }: Request): Answer {
  const ask = read(api.ClaimAsk, body);
  const id = fake.fleet.claims.length + 1;
  const claim = 'RP-7KQM2-XWR4T-9HBCD-0EFGJ';
  const expiresAt = Date.now() + ask.ttlS * 1000;
  fake.fleet.claims.unshift({
    ...{ id, name: ask.name ?? null, labels: ask.labels, createdBy: fake.operator?.name ?? '' },
    ...{ createdAt: Date.now(), expiresAt, state: 'open', device: null },
  });
  const line = `rockpool-claim:1:${claim}:https://fleet.example:8443:sha256-Zm9vYmFy`;
  return told(api.ClaimMade, { id, claim, line, file: `${line}\n`, expiresAt });
}

const rowKeys = Object.keys(rollout.RolloutRow.shape);
const rolloutRow = (full: FakeRollout): z.input<typeof rollout.RolloutRow> =>
  Object.fromEntries(Object.entries(full).filter(([key]) => rowKeys.includes(key))) as z.input<
    typeof rollout.RolloutRow
  >;

function withRollout(answer: (found: FakeRollout, request: Request) => Answer): Route[3] {
  return (request) => {
    const found = request.fake.fleet.rollouts.find(({ id }) => id === request.part);
    return found ? answer(found, request) : refused(404, 'not-found', 'There is no such rollout.');
  };
}

function createRollout({ fake, body, url }: Request): Answer {
  const plan = read(rollout.RolloutPlan, body);
  const { fleet } = fake;
  const names = [...fleet.devices.keys()].slice(0, 40);
  const forecast = forecastOf(plan, names);
  if (url.searchParams.get('dry') === 'true') return told(rollout.RolloutForecast, forecast);
  const [first] = fleet.rollouts;
  const release = fleet.releases.releases.find(({ path }) => path === plan.release);
  if (!first || !release) return refused(404, 'not-found', 'The repository does not hold this release.');
  const made = counted(
    {
      ...structuredClone(first),
      ...{ id: crypto.randomUUID(), release: plan.release, kind: release.kind, plan, perWave: [] },
      ...{ state: 'draft', wave: 0, waves: plan.waves.length, by: fake.operator?.name ?? '' },
      ...{ createdAt: Date.now(), changedAt: Date.now() },
      devices: [],
    },
    Date.now(),
  );
  fleet.rollouts.unshift(made);
  return told(rollout.RolloutDetail, made, 201);
}

/** Who gets it is known when it starts, not before. */
function fillIn(found: FakeRollout, names: readonly string[]): void {
  const { waves } = forecastOf(rollout.RolloutPlan.parse(found.plan), names);
  const places = waves.flatMap(({ devices }, wave) => Array.from({ length: devices }, () => wave));
  found.devices = places.map((wave, place) => ({
    ...{ device: names[place + 2] ?? '', wave, state: 'waiting', phase: null, permille: null },
    ...{ outcome: null, reason: null, says: null, at: null },
  }));
  counted(found, Date.now());
}

type Act = 'start' | 'pause' | 'resume' | 'approve' | 'halt';
const after = {
  start: 'running',
  pause: 'paused',
  resume: 'running',
  approve: 'running',
  halt: 'halted',
} as const;

function turned(act: Act): Route[3] {
  return withRollout((found, { fake, body }) => {
    const how = act === 'halt' ? read(rollout.RolloutHalt, body) : undefined;
    found.state = after[act];
    if (act === 'approve') found.wave += 1;
    if (act === 'start') fillIn(found, [...fake.fleet.devices.keys()].slice(0, 40));
    found.waitsForApproval = false;
    found.because = how ? how.because || `Halted by ${fake.operator?.name}.` : null;
    const wave = found.perWave[found.wave];
    if (wave) wave.beganAt ??= Date.now();
    fake.change({ devices: [], alerts: false, commands: true });
    return done;
  });
}

function withDevice(answer: (device: Device, request: Request) => Answer): Route[3] {
  return (request) => {
    const device = request.fake.fleet.devices.get(request.part);
    return device ? answer(device, request) : refused(404, 'not-found', 'There is no such device.');
  };
}

const givenTo = (
  name: string,
  { order, ttlS }: { order: z.output<typeof api.CommandAsk>['order']; ttlS: number },
  fake: FakeController,
): Device['commands'][number] => ({
  ...{ id: crypto.randomUUID(), device: name, order, state: 'queued', result: null },
  ...{ by: fake.operator?.name ?? '', createdAt: Date.now(), changedAt: Date.now() },
  notAfter: Date.now() + ttlS * 1000,
});

const severities = ['notice', 'warning', 'critical'] as const;

function listOf({ devices }: FakeFleet, asked: URLSearchParams): z.input<typeof api.DeviceList> {
  const {
    search = '',
    presence,
    label,
    worst,
    sort = 'name',
    after,
    limit = '50',
  } = Object.fromEntries(asked);
  const [key = '', value] = label?.split('=') ?? [];
  const least = severities.indexOf(worst as (typeof severities)[number]);
  const found = [...devices.values()]
    .filter((device) => `${device.name} ${Object.values(device.labels).join(' ')}`.includes(search))
    .filter((device) => (presence ? device.presence === presence : device.presence !== 'revoked'))
    .filter((device) => !label || device.labels[key] === value)
    .filter((device) => least < 0 || (device.worst !== null && severities.indexOf(device.worst) >= least))
    .sort((one, other) =>
      sort === 'seenAt' ? (one.seenAt ?? 0) - (other.seenAt ?? 0) : one.name < other.name ? -1 : 1,
    );
  const from = Number(after ?? 0);
  const to = from + Number(limit);
  return {
    devices: found.slice(from, to).map((device) => summaryOf(device)),
    total: found.length,
    after: to < found.length ? String(to) : null,
  };
}

const summaryKeys = Object.keys(api.DeviceSummary.shape);
const summaryOf = (device: Device): z.input<typeof api.DeviceSummary> =>
  Object.fromEntries(Object.entries(device).filter(([key]) => summaryKeys.includes(key))) as z.input<
    typeof api.DeviceSummary
  >;

function alertsOf({ alerts }: FakeFleet, asked: URLSearchParams): z.input<typeof api.AlertList> {
  const isOpen = asked.get('open') === 'true';
  const found = alerts.filter(({ clearedAt }) => (clearedAt === null) === isOpen);
  return { alerts: found.slice(0, Number(asked.get('limit'))), total: found.length };
}

/** @param dist where the page was built to */
export async function serve(fleet: FakeFleet, dist: string): Promise<FakeController> {
  const streams = new Set<ServerResponse>();
  const fake: FakeController = {
    ...{
      url: '',
      fleet,
      operator: { name: 'ada', role: 'admin' },
      needsSetup: false,
      isAway: false,
      asked: [],
    },
    listeners: () => streams.size,
    change: (change) => {
      const told = JSON.stringify(api.Change.parse(change));
      for (const stream of streams) stream.write(`event: change\ndata: ${told}\n\n`);
    },
    close: async () => undefined,
  };
  const http = createServer((request, response) => {
    respond(fake, streams, dist, request, response).catch((cause: unknown) => {
      // A fixture that can't answer by the schema is the test's failure, so it is told in full.
      response.writeHead(500).end(String(cause));
      console.error(cause);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  fake.close = () =>
    new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  return fake;
}

async function respond(
  fake: FakeController,
  streams: Set<ServerResponse>,
  dist: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://controller');
  if (fake.isAway && url.pathname.startsWith('/api/')) {
    for (const stream of streams) stream.destroy();
    request.socket.destroy();
    return;
  }
  if (url.pathname === '/api/live' && fake.operator) return listen(streams, response);
  if (url.pathname.startsWith('/api/')) return answer(fake, url, request, response);
  const path = url.pathname === '/' ? '/fleet.html' : normalize(url.pathname);
  const bytes = await readFile(join(dist, path)).catch(() => null);
  response.writeHead(bytes ? 200 : 404, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes ?? 'no such file');
}

function listen(streams: Set<ServerResponse>, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': here\n\n');
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

async function answer(
  fake: FakeController,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const text = (await request.toArray()).join('');
  const body: unknown = text ? JSON.parse(text) : undefined;
  if (method !== 'GET') fake.asked.push({ method, path: url.pathname, body });
  const { status, json } = decide(fake, method, url, body);
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(json === undefined ? '' : JSON.stringify(json));
}

function decide(fake: FakeController, method: string, url: URL, body: unknown): Answer {
  for (const [ofMethod, path, role, give] of routes) {
    const match = path.exec(url.pathname);
    if (!match || ofMethod !== method) continue;
    if (role !== 'anyone' && !fake.operator) return refused(401, 'not-signed-in', 'Sign in first.');
    if (role !== 'anyone' && fake.operator && ranks.indexOf(fake.operator.role) < ranks.indexOf(role))
      return refused(403, 'forbidden', 'Your role does not allow this.');
    try {
      return give({ fake, url, body, part: decodeURIComponent(match[1] ?? '') });
    } catch (error) {
      if (error instanceof Wrong) return refused(400, 'bad-request', error.message);
      throw error;
    }
  }
  return refused(404, 'not-found', 'There is nothing here.');
}
