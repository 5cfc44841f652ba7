/** Whether the kernel filters as it was told to: read from `nft -j list table`, never from a file. */
import { z } from 'zod';
import { type ChainName, type Profile, type SetName, tableName } from './profile.ts';

/** libnftables-json(5), as far as it is looked at. */
const Element = z.union([z.string(), z.looseObject({ concat: z.tuple([z.string(), z.int()]) })]);
const Listed = z.looseObject({
  chain: z
    .looseObject({ name: z.string(), hook: z.string().optional(), policy: z.string().optional() })
    .optional(),
  rule: z.looseObject({ chain: z.string(), comment: z.string().optional() }).optional(),
  set: z.looseObject({ name: z.string(), elem: z.array(Element).optional() }).optional(),
  counter: z.looseObject({ name: z.string(), packets: z.int() }).optional(),
});
const Listing = z.object({ nftables: z.array(Listed) });

export interface FirewallSeen {
  chains: Record<string, { hook: string | undefined; policy: string | undefined; rules: string[] }>;
  sets: Record<string, string[]>;
  /** Packets since it was loaded. */
  counted: Record<string, number>;
}

/** @param json what `nft --json list table inet rockpool` printed */
export function readFirewall(json: string): FirewallSeen {
  const seen: FirewallSeen = { chains: {}, sets: {}, counted: {} };
  for (const { chain, rule, set, counter } of Listing.parse(JSON.parse(json)).nftables) {
    if (chain) seen.chains[chain.name] = { hook: chain.hook, policy: chain.policy, rules: [] };
    if (rule) seen.chains[rule.chain]?.rules.push(rule.comment ?? 'a rule of unknown origin');
    if (set) seen.sets[set.name] = (set.elem ?? []).map(written).sort();
    if (counter) seen.counted[counter.name] = counter.packets;
  }
  return seen;
}

const written = (element: z.infer<typeof Element>): string =>
  typeof element === 'string' ? element : element.concat.join(' . ');

/** @returns one clause for each thing that is not as decided; empty when all of it is */
export function judgeFirewall(seen: FirewallSeen, { rules, sets }: Profile): string[] {
  const chains = (['input', 'forward', 'output'] satisfies ChainName[]).flatMap((name) => {
    const chain = seen.chains[name];
    if (!chain) return [`the chain ${name} is missing`];
    const wanted = rules.filter((rule) => rule.chain === name).map(({ says }) => says);
    return [
      ...(chain.hook === name ? [] : [`${name} is not where packets pass`]),
      ...(chain.policy === 'drop' ? [] : [`${name} lets through what no rule names`]),
      ...(same(chain.rules, wanted) ? [] : [`${name} has other rules: ${difference(chain.rules, wanted)}`]),
    ];
  });
  const contents = (Object.keys(sets) as SetName[])
    .filter((name) => !same(seen.sets[name] ?? [], canonical(sets[name])))
    .map(
      (name) =>
        `${name} holds ${seen.sets[name]?.join(', ') || 'nothing'} instead of ${sets[name].join(', ') || 'nothing'}`,
    );
  return [...chains, ...contents];
}

export const listArguments = ['--json', 'list', 'table', 'inet', tableName] as const;

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

/** An IPv6 address has many spellings; the kernel's is the one that URLs are given too. */
const canonical = (elements: readonly string[]): string[] =>
  elements
    .map((element) => {
      const [address = '', ...port] = element.split(' . ');
      const spelled = address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
      return [spelled, ...port].join(' . ');
    })
    .sort();

function difference(seen: readonly string[], wanted: readonly string[]): string {
  const missing = wanted.filter((one) => !seen.includes(one)).map((one) => `without ${one}`);
  const more = seen.filter((one) => !wanted.includes(one)).map((one) => `with ${one}`);
  return [...missing, ...more].join(', ') || 'in another order';
}
