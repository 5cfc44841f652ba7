/** Everything that the dashboard asks of its controller; in one place, so that both can be laid side by side. */
import type {
  AlertList,
  AuditRow,
  ClaimAsk,
  ClaimMade,
  ClaimRow,
  CommandAsk,
  CommandsAsk,
  DeviceDetail,
  DeviceList,
  Login,
  Me,
  OperatorAsk,
  OperatorRow,
  Overview,
  Samples,
  Setup,
} from '@rockpool/protocol/fleet/api';
import type {
  ReleaseList,
  RolloutDetail,
  RolloutForecast,
  RolloutHalt,
  RolloutList,
  RolloutPlan,
} from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';
import { ask, send } from '../wire/http.ts';
import { garbled } from '../wire/problem.ts';
import { type Filter, queryOf } from './routes.ts';

/** Enough to fail with a sentence; the controller's own schemas guard the rest. The one place that casts. */
function withFields<T>(...fields: (keyof T & string)[]) {
  return (value: unknown): T => {
    const isWhole = typeof value === 'object' && value !== null && fields.every((field) => field in value);
    if (!isWhole) throw garbled('fleet');
    return value as T;
  };
}

function listOf<T>(key: string) {
  return (value: unknown): T[] => {
    const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
    if (!Array.isArray(list)) throw garbled(key);
    return list;
  };
}
/** How long an answer may take before the controller counts as away. */
const patienceMs = 15_000;
const soon = () => ({ signal: AbortSignal.timeout(patienceMs) });
const get = <T>(path: string, shape: (value: unknown) => T): Promise<T> => ask(path, shape, soon());
/** Whatever it answers: what the page shows, it asks anew. */
async function tell(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<void> {
  await send(path, { method, body, ...soon() });
}

const device = (name: string): string => `/api/devices/${encodeURIComponent(name)}`;

export const readMe = () => get('/api/me', withFields<Me>('operator', 'needsSetup', 'controller'));
export const setUp = (body: z.input<typeof Setup>) => tell('POST', '/api/setup', body);
export const logIn = (body: z.input<typeof Login>) => tell('POST', '/api/login', body);
export const changeOwnPassword = (body: { current: string; next: string }) =>
  tell('POST', '/api/me/password', body);
export const logOut = () => tell('POST', '/api/logout');

export const readOverview = (by: string | null) =>
  get(
    by ? `/api/overview?by=${encodeURIComponent(by)}` : '/api/overview',
    withFields<Overview>('counts', 'total', 'openAlerts', 'agents', 'labelKeys', 'groups'),
  );

export function readDevices(filter: Filter, limit: number, after: string | null): Promise<DeviceList> {
  const asked = new URLSearchParams(queryOf(filter));
  asked.set('limit', String(limit));
  if (after) asked.set('after', after);
  return get(`/api/devices?${asked}`, withFields<DeviceList>('devices', 'total', 'after'));
}

export const readDevice = (name: string) =>
  get(device(name), withFields<DeviceDetail>('name', 'labels', 'presence', 'config', 'open', 'timeline'));
/** @param from milliseconds since 1970 */
export const readSamples = (name: string, from: number, to: number) =>
  get(`${device(name)}/samples?from=${from}&to=${to}`, withFields<Samples>('at', 'cpuPermille'));
export const giveCommand = (name: string, body: z.input<typeof CommandAsk>) =>
  tell('POST', `${device(name)}/commands`, body);
export const giveCommands = (body: z.input<typeof CommandsAsk>) => tell('POST', '/api/commands', body);
export const cancelCommand = (id: string) =>
  tell('POST', `/api/commands/${encodeURIComponent(id)}/cancel`, {});
export const revokeDevice = (name: string, because: string) =>
  tell('POST', `${device(name)}/revoke`, because ? { because } : {});
export const setLabels = (name: string, labels: Record<string, string>) =>
  tell('PATCH', device(name), { labels });

export const readAlerts = (open: boolean, limit: number) =>
  get(`/api/alerts?open=${open}&limit=${limit}`, withFields<z.infer<typeof AlertList>>('alerts', 'total'));
export const acknowledge = (id: number) => tell('POST', `/api/alerts/${id}/acknowledge`, {});

export const readRollouts = (limit: number) =>
  get(`/api/rollouts?limit=${limit}`, withFields<z.infer<typeof RolloutList>>('rollouts', 'total'));
const rollout = (id: string): string => `/api/rollouts/${encodeURIComponent(id)}`;
export const readRollout = (id: string) =>
  get(rollout(id), withFields<RolloutDetail>('state', 'plan', 'perWave', 'devices', 'failures'));
/** What would happen; nothing does. */
export const foresee = (plan: z.input<typeof RolloutPlan>) =>
  ask('/api/rollouts?dry=true', withFields<RolloutForecast>('devices', 'waves', 'bytes', 'leftOut'), {
    method: 'POST',
    body: plan,
    ...soon(),
  });
export const createRollout = (plan: z.input<typeof RolloutPlan>) =>
  ask('/api/rollouts', withFields<{ id: string }>('id'), { method: 'POST', body: plan, ...soon() });
export const turnRollout = (id: string, to: 'start' | 'pause' | 'resume' | 'approve') =>
  tell('POST', `${rollout(id)}/${to}`, {});
export const haltRollout = (id: string, how: z.input<typeof RolloutHalt>) =>
  tell('POST', `${rollout(id)}/halt`, how);
export const readReleases = () => get('/api/releases', withFields<ReleaseList>('releases', 'roles'));

export const readClaims = () => get('/api/claims', listOf<z.infer<typeof ClaimRow>>('claims'));
export const createClaim = (body: z.input<typeof ClaimAsk>) =>
  ask('/api/claims', withFields<z.infer<typeof ClaimMade>>('claim', 'line', 'file', 'expiresAt'), {
    method: 'POST',
    body,
    ...soon(),
  });
export const revokeClaim = (id: number) => tell('DELETE', `/api/claims/${id}`);

export const readOperators = () => get('/api/operators', listOf<z.infer<typeof OperatorRow>>('operators'));
export const addOperator = (body: z.input<typeof OperatorAsk>) => tell('POST', '/api/operators', body);
export const changeOperator = (name: string, body: { role?: string; password?: string }) =>
  tell('PATCH', `/api/operators/${encodeURIComponent(name)}`, body);
export const removeOperator = (name: string) => tell('DELETE', `/api/operators/${encodeURIComponent(name)}`);

export const readAudit = (limit: number, before: number | null) =>
  get(
    `/api/audit?limit=${limit}${before === null ? '' : `&before=${before}`}`,
    listOf<z.infer<typeof AuditRow>>('entries'),
  );
