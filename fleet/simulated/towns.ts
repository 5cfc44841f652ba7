/** Where simulated devices stand, and what each of them is called. Pure. */
import { DeviceName } from '@rockpool/protocol/enrolment';

export interface Place {
  name: DeviceName;
  labels: { branch: string; region: string };
}

const towns: readonly (readonly [town: string, region: string])[] = [
  ['leeds', 'north'],
  ['york', 'north'],
  ['hull', 'north'],
  ['bath', 'west'],
  ['truro', 'west'],
  ['norwich', 'east'],
  ['ely', 'east'],
  ['cardiff', 'wales'],
  ['swansea', 'wales'],
  ['derby', 'midlands'],
  ['lincoln', 'midlands'],
  ['dundee', 'scotland'],
  ['perth', 'scotland'],
  ['oban', 'scotland'],
  ['carlisle', 'north'],
  ['exeter', 'west'],
  ['ipswich', 'east'],
  ['bangor', 'wales'],
  ['rugby', 'midlands'],
  ['inverness', 'scotland'],
  ['durham', 'north'],
  ['poole', 'south'],
  ['lewes', 'south'],
  ['dover', 'south'],
  ['winchester', 'south'],
  ['hereford', 'midlands'],
  ['kendal', 'north'],
  ['penzance', 'west'],
  ['cromer', 'east'],
  ['tenby', 'wales'],
];

/** Every other branch has two devices; a large fleet comes around to each of them again. */
export function places(count: number): Place[] {
  const had = new Map<string, number>();
  return Array.from({ length: count }, (_, n) => {
    const [branch, region] = towns[Math.floor((n * 2) / 3) % towns.length] ?? ['leeds', 'north'];
    const number = (had.get(branch) ?? 0) + 1;
    had.set(branch, number);
    return {
      name: DeviceName.parse(number === 1 ? branch : `${branch}-${number}`),
      labels: { branch, region },
    };
  });
}
