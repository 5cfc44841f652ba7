/** Labels by which an operator groups devices, and names that their chat pages may carry. */
import { Refusal } from '@rockpool/protocol/refusal';

export type Labels = Readonly<Record<string, string>>;

const key = /^[a-z][a-z0-9-]{0,31}$/;
const value = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u;
const most = 16;

/** `branch=leeds`. @throws Refusal that says how it is written */
export function parseLabel(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Refusal('bad-request', `${text} is no label; write it like branch=leeds.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export function demandLabels(labels: Labels): void {
  const wrong = Object.entries(labels).find(([one, other]) => !key.test(one) || !value.test(other));
  if (wrong) {
    throw new Refusal(
      'bad-request',
      `${wrong.join('=')} is no label: a key has up to 32 of a–z, 0–9 and dashes, its value up to 63 letters, digits, spaces, dots and dashes.`,
    );
  }
  if (Object.keys(labels).length > most)
    throw new Refusal('bad-request', `A device has ${most} labels at most.`);
}

const hostName =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws Refusal unless each is a host name with a dot, of small letters; NAME.local comes by itself */
export function demandLanNames(names: readonly string[]): void {
  const wrong = names.find((name) => !hostName.test(name) || name.endsWith('.local'));
  if (wrong !== undefined) {
    throw new Refusal(
      'bad-request',
      `${wrong} can't be a chat page's name; give one like chat.example.com. NAME.local comes by itself.`,
    );
  }
  if (names.length > most) throw new Refusal('bad-request', `A chat page has ${most} names at most.`);
}
