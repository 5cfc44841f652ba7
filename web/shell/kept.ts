/** A few words kept in this browser; a browser that keeps nothing is no failure, only forgetful. */

const prefix = 'rockpool.';

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null; // storage is switched off
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // Full or switched off: the choice holds until the page is left.
  }
}
