/** Versions, as programs say them. */

/** `systemd 255 (255.4-1ubuntu8.4)` */
export const parseSystemdVersion = (text: string): number | null => {
  const major = /^systemd (\d+)/.exec(text)?.[1];
  return major === undefined ? null : Number(major);
};

/** `cryptsetup 2.7.0 flags: UDEV BLKID KEYRING …` */
export const parseCryptsetupVersion = (text: string): string | null =>
  /^cryptsetup (\S+)/.exec(text)?.[1] ?? null;

/** `nginx version: nginx/1.26.3 (Debian)` */
export const parseNginxVersion = (text: string): string | null =>
  /nginx\/(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? null;
