/** Addresses and what they show. They stand behind the `#`: no proxy's log learns which device was looked at, and any host of the files will do. */

/** How the list is narrowed down; what is left out is not asked for. */
export interface Filter {
  search?: string;
  presence?: string;
  /** Of this severity, or worse. */
  worst?: string;
  /** `branch=leeds` */
  label?: string;
  sort?: string;
}

export type Route =
  | { page: 'overview'; by: string | null }
  | { page: 'devices'; filter: Filter }
  | { page: 'device'; name: string }
  | { page: 'alerts'; closed: boolean }
  | { page: 'rollouts' }
  /** Of this release, where one was chosen already. */
  | { page: 'new-rollout'; release: string | null }
  | { page: 'rollout'; id: string }
  | { page: 'releases' }
  | { page: 'enrolment' }
  | { page: 'operators' }
  | { page: 'audit' }
  | { page: 'lost' };

export const filterKeys = [
  'search',
  'presence',
  'worst',
  'label',
  'sort',
] as const satisfies (keyof Filter)[];

/** @param hash as `location.hash` has it */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const asked = new URLSearchParams(query);
  const [first = '', second = '', ...more] = path.split('/').filter(Boolean);
  if (more.length > 0 || (second && first !== 'devices' && first !== 'rollouts')) return { page: 'lost' };
  switch (first) {
    case '':
      return { page: 'overview', by: asked.get('by') };
    case 'devices':
      return second ? { page: 'device', name: plain(second) } : { page: 'devices', filter: filterIn(asked) };
    case 'alerts':
      return { page: 'alerts', closed: asked.has('closed') };
    case 'rollouts':
      if (second === 'new') return { page: 'new-rollout', release: asked.get('release') };
      return second ? { page: 'rollout', id: plain(second) } : { page: 'rollouts' };
    case 'releases':
    case 'enrolment':
    case 'operators':
    case 'audit':
      return { page: first };
    default:
      return { page: 'lost' };
  }
}

export const overviewPath = (by?: string | null): string => (by ? `#/?by=${encodeURIComponent(by)}` : '#/');
export const devicePath = (name: string): string => `#/devices/${encodeURIComponent(name)}`;

export const rolloutPath = (id: string): string => `#/rollouts/${encodeURIComponent(id)}`;
export const newRolloutPath = (release?: string): string =>
  release ? `#/rollouts/new?release=${encodeURIComponent(release)}` : '#/rollouts/new';

export function devicesPath(filter: Filter = {}): string {
  const asked = queryOf(filter);
  return asked ? `#/devices?${asked}` : '#/devices';
}

/** An alert stands for a device, for a group such as `branch=leeds`, or for a rollout; no label's value has a slash. */
export function subjectPath(subject: string): string {
  if (/^rollout=.+\//.test(subject)) return '#/rollouts';
  return subject.includes('=') ? devicesPath({ label: subject }) : devicePath(subject);
}

export function queryOf(filter: Filter): string {
  const asked = new URLSearchParams();
  for (const key of filterKeys) if (filter[key]) asked.set(key, filter[key]);
  return asked.toString();
}

function filterIn(asked: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const key of filterKeys) {
    const value = asked.get(key);
    if (value) filter[key] = value;
  }
  return filter;
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % is a wrong address, not a failure
  }
}
