/** What a name and a password must be, told before the device is asked; the device's own word counts. */
import type { Key } from '../i18n/en.ts';

export const nameWrong = (name: string): Key | null => {
  if (!name.trim()) return 'door.required';
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name.trim()) ? null : 'door.badName';
};

export const passwordWrong = (password: string): Key | null => {
  if (!password) return 'door.required';
  return password.length < 10 ? 'door.shortPassword' : null;
};
