/** How operators are called, and what they may choose for a password. */
import { Refusal } from '@rockpool/protocol/refusal';

/** The audit names devices, the controller and people at its keyboard (`anna@ctl-1`) in the same column. */
const form = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;
const others = new Set(['controller']);

/** Two names that look alike are one. */
export const fold = (name: string): string => name.normalize('NFKC').toLowerCase();

/** @throws Refusal that says how a name is written */
export function demandName(name: string): void {
  if (form.test(name) && !others.has(fold(name))) return;
  throw new Refusal(
    'bad-request',
    `${JSON.stringify(name.slice(0, 64))} can't be an operator's name; use up to 64 letters, digits, dots and dashes.`,
    { param: 'name' },
  );
}

/** @throws Refusal unless it is long enough, and not the name */
export function demandPassword(password: string, name: string): void {
  const problem =
    password.length < 10
      ? 'is too short; take 10 characters or more'
      : password.length > 200
        ? 'is too long; take 200 characters at most'
        : fold(password).includes(fold(name)) && password.length < name.length + 10
          ? 'is little more than the name; take another'
          : undefined;
  if (problem) throw new Refusal('bad-request', `This password ${problem}.`, { param: 'password' });
}
