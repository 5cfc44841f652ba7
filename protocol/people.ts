/** People, how they prove who they are, and what the page sends and gets about them. */
import { z } from 'zod';

export const Role = z.enum(['admin', 'member']);
export type Role = z.infer<typeof Role>;

/** What an API key may be used for. `all` is everything its owner may do under /v1. */
export const Scope = z.enum(['all', 'chat', 'embeddings', 'models']);
export type Scope = z.infer<typeof Scope>;

/** The name one signs in with: letters of any script, digits, dot, dash, underscore; compared without case. */
export const Name = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1, 'Choose a name to sign in with.')
  .max(64, 'Use at most 64 characters for the name.')
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u,
    'Use letters, digits, dots, dashes and underscores for the name, and begin with a letter or digit.',
  );

/** Length is the only rule that helps (NIST SP 800-63B §5.1.1.2); the cap bounds the hashing. */
export const Password = z
  .string()
  .min(10, 'Use at least 10 characters for the password.')
  .max(256, 'Use at most 256 characters for the password.');

export const Person = z.object({
  id: z.int(),
  name: z.string(),
  role: Role,
  createdAt: z.int().describe('milliseconds since 1970'),
});
export type Person = z.infer<typeof Person>;

/** Who is asking, and how we know. */
export interface Principal {
  person: Person;
  via: 'cookie' | 'key' | 'local';
  scopes: readonly Scope[];
  /** The key's or cookie's row, for the audit log. */
  credentialId: number;
}

export const SetupBody = z.strictObject({
  code: z.string().trim().min(1).max(64),
  name: Name,
  password: Password,
});
export const LoginBody = z.strictObject({
  name: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(256),
});
export const JoinBody = z.strictObject({
  code: z.string().trim().min(1).max(128),
  name: Name.optional(),
  password: Password,
});
export const PasswordBody = z.strictObject({ current: z.string().min(1).max(256), next: Password });
export const InviteBody = z.strictObject({ role: Role.default('member') });
export const RoleBody = z.strictObject({ role: Role });
export const KeyBody = z.strictObject({
  label: z.string().trim().min(1).max(100),
  scopes: z.array(Scope).min(1).max(4).default(['all']),
});

/** A one-time link: `invite` makes an account, `reset` sets a new password for `name`. */
export const Invite = z.object({
  id: z.int(),
  kind: z.enum(['invite', 'reset']),
  role: Role,
  name: z.string().nullable(),
  createdAt: z.int(),
  expiresAt: z.int(),
});
export type Invite = z.infer<typeof Invite>;
/** The code is shown once; `path` is what follows the device's address. */
export const NewInvite = Invite.extend({ code: z.string(), path: z.string() });
export type NewInvite = z.infer<typeof NewInvite>;

export const Key = z.object({
  id: z.int(),
  label: z.string(),
  hint: z.string().describe('the first and last characters, to tell keys apart'),
  scopes: z.array(Scope),
  createdAt: z.int(),
  lastUsedAt: z.int().nullable(),
  owner: z.string(),
});
export type Key = z.infer<typeof Key>;
/** The key itself is shown once and stored hashed. */
export const NewKey = Key.extend({ key: z.string() });
export type NewKey = z.infer<typeof NewKey>;
