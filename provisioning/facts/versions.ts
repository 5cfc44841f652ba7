/** Versions, as programs say them. */

/** `systemd 255 (255.4-1ubuntu8.4)` */
export const parseSystemdVersion = (text: string): number | null => {
  const major = /^systemd (\d+)/.exec(text)?.[1];
  return major === undefined ? null : Number(major);
};

/** `cryptsetup 2.7.0 flags: UDEV BLKID KEYRING …` */
export const parseCryptsetupVersion = (text: string): string | null =>
  /^cryptsetup (\S+)/.exec(text)?.[1] ?? null;
