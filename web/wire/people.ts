/** What the page asks about the device, people, invites and keys. */
import type { DeviceStatus, ModelAbout } from '@rockpool/protocol/device';
import type { Invite, Key, NewInvite, NewKey, Person, Role, Scope } from '@rockpool/protocol/people';
import { ask } from './http.ts';
import {
  invite,
  key,
  listUnder,
  model,
  newInvite,
  newKey,
  nothing,
  openInvite,
  person,
  status,
} from './shapes.ts';

export type OpenInvite = Pick<Invite, 'kind' | 'role' | 'name' | 'expiresAt'>;

const post = (body: unknown = {}) => ({ method: 'POST' as const, body });
const remove = { method: 'DELETE' as const };

export const readStatus = (): Promise<DeviceStatus> => ask('/api/status', status);
export const setUp = (body: { code: string; name: string; password: string }): Promise<Person> =>
  ask('/api/setup', person, post(body));
export const logIn = (body: { name: string; password: string }): Promise<Person> =>
  ask('/api/login', person, post(body));
export const logOut = (): Promise<void> => ask('/api/logout', nothing, post());
export const changePassword = (current: string, next: string): Promise<void> =>
  ask('/api/me/password', nothing, post({ current, next }));

export const readInvite = (code: string): Promise<OpenInvite> =>
  ask(`/api/invites/${encodeURIComponent(code)}`, openInvite);
export const join = (body: { code: string; name?: string; password: string }): Promise<Person> =>
  ask('/api/join', person, post(body));

export const listPeople = (): Promise<Person[]> => ask('/api/people', listUnder('people', person));
export const changeRole = (id: number, role: Role): Promise<Person> =>
  ask(`/api/people/${id}`, person, { method: 'PATCH', body: { role } });
export const removePerson = (id: number): Promise<void> => ask(`/api/people/${id}`, nothing, remove);
export const resetPerson = (id: number): Promise<NewInvite> =>
  ask(`/api/people/${id}/reset`, newInvite, post());
export const listInvites = (): Promise<Invite[]> => ask('/api/invites', listUnder('invites', invite));
export const createInvite = (role: Role): Promise<NewInvite> =>
  ask('/api/invites', newInvite, post({ role }));
export const revokeInvite = (id: number): Promise<void> => ask(`/api/invites/${id}`, nothing, remove);

export const listKeys = (): Promise<Key[]> => ask('/api/keys', listUnder('keys', key));
export const createKey = (label: string, scopes: Scope[]): Promise<NewKey> =>
  ask('/api/keys', newKey, post({ label, scopes }));
export const revokeKey = (id: number): Promise<void> => ask(`/api/keys/${id}`, nothing, remove);

export const listModels = (): Promise<ModelAbout[]> => ask('/api/models', listUnder('models', model));
