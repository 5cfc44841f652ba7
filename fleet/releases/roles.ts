/** The roles of the repository: who signs what, for how long, and under how many keys. */

/** Whose keys are on no machine with a network; and those which the controller signs with by itself. */
export const offlineRoles = ['root', 'targets'] as const;
export const onlineRoles = ['snapshot', 'timestamp'] as const;
/** Signed by whoever makes a kind of release. */
export const releaseRoles = ['models', 'agent', 'patches'] as const;

export type OfflineRole = (typeof offlineRoles)[number];
export type OnlineRole = (typeof onlineRoles)[number];
export type ReleaseRole = (typeof releaseRoles)[number];
export type RootedRole = OfflineRole | OnlineRole;
export type Role = RootedRole | ReleaseRole;
/** Roles whose documents say which targets there are. */
export type TargetsRole = 'targets' | ReleaseRole;

export const rootedRoles = [...offlineRoles, ...onlineRoles] as const;
export const roles = [...rootedRoles, ...releaseRoles] as const;
export const targetsRoles = ['targets', ...releaseRoles] as const;
export const isRole = (name: string): name is Role => (roles as readonly string[]).includes(name);
export const isReleaseRole = (name: string): name is ReleaseRole =>
  (releaseRoles as readonly string[]).includes(name);
export const isRooted = (name: string): name is RootedRole =>
  (rootedRoles as readonly string[]).includes(name);

/** Days that a signature holds. A device that is cut off for longer than the first can't tell whether it is being held back. */
export const usualDays: Record<Role, number> = {
  timestamp: 7,
  snapshot: 7,
  targets: 90,
  models: 90,
  agent: 90,
  patches: 90,
  root: 365,
};

/** One stolen key must not be enough for these. */
export const usualThreshold: Record<Role, number> = {
  root: 2,
  targets: 2,
  snapshot: 1,
  timestamp: 1,
  models: 1,
  agent: 1,
  patches: 1,
};

/** `models/NAME/VERSION/FILE`. One role alone matches a path, so that no two could both vouch for it. */
export const patternOf = (role: ReleaseRole): string => `${role}/*/*/*`;

/** What devices read of each at most: parsing costs more than linearly, and 10,000 entries would hold a device for a minute. */
export const limitBytes: Record<Role, number> = {
  root: 32 * 1024,
  timestamp: 32 * 1024,
  snapshot: 32 * 1024,
  targets: 128 * 1024,
  models: 128 * 1024,
  agent: 128 * 1024,
  patches: 128 * 1024,
};

export const dayMs = 86_400_000;
