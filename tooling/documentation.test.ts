import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../agent/cli/main.ts';
import { runCommandLine as runFleet } from '../fleet/cli/main.ts';
import { createProgram as createProvisionProgram } from '../provisioning/cli/main.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...(existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : []
  )
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
const recipes = new Set(
  [...textOf('Justfile').matchAll(/^([a-z][\w-]*)(?: [^:=]*)?:(?!=)/gm)].map((match) => match[1]),
);

/** The lines of fenced shell blocks, a continued line being one; `device` is a shell on a device. */
const shellLines = (page: string): string[] =>
  [...textOf(page).matchAll(/^ *```(?:sh|bash|console|device)\b[^\n]*\n([\s\S]*?)^ *```/gm)].flatMap(
    (match) =>
      (match[1] ?? '')
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => line.replace(/^\$ /, '').trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
  );

const begins = /^(?:npm|npx|just|node|rockpool-provision|rockpool-fleet)$|^\.\//;

/** What a sentence names in passing: `rockpool-provision seal`. */
const inlineLines = (page: string): string[] =>
  [...textOf(page).matchAll(/`((?:npx )?rockpool(?:-provision|-fleet)? [a-z][^`\n]*)`/g)].flatMap(
    ([, line]) => line?.replace(/…$/, '').trim() ?? [],
  );

/** The words of each of our commands on a line: `a | npx rockpool b` has one. */
const commandsIn = (line: string): string[][] =>
  line
    .split(/\s(?:\||&&|;|>)\s/)
    .map((part) => [...part.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map((match) => match[0]))
    .map((words) => [words, words.findIndex((word) => begins.test(word))] as const)
    .flatMap(([words, start]) => (start < 0 ? [] : [words.slice(start)]));

const described = pages.flatMap((page) =>
  [...shellLines(page), ...inlineLines(page)].flatMap((line) =>
    commandsIn(line).map((words) => [`${page}: ${words.join(' ')}`, words] as const),
  ),
);

test.each(described)('%s exists', async (_title, told) => {
  const words = told[0] === 'npx' && told[1]?.startsWith('rockpool') ? told.slice(1) : told;
  const [first = '', second = '', ...rest] = words;
  if (first === 'npm' && second === 'run') expect(Object.keys(scripts)).toContain(rest[0]);
  else if (first === 'npm') expect([...Object.keys(scripts), 'ci', 'install']).toContain(second);
  else if (first === 'just' || (first === 'npx' && second === 'just')) {
    const recipe = first === 'just' ? second : rest[0];
    if (recipe) expect([...recipes]).toContain(recipe);
  } else if (first === 'rockpool') expectCommand(program, words.slice(1));
  else if (first === 'rockpool-provision') expectCommand(provisionProgram, words.slice(1));
  else if (first === 'rockpool-fleet') await expectFleetCommand(words.slice(1));
  else if (first === 'node' || first.startsWith('./')) {
    expect(existsSync(join(root, first === 'node' ? second : first))).toBe(true);
  }
});

const program = createProgram({
  parts: { openAgent: () => Promise.reject(new Error('documentation opens nothing')) },
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  signal: new AbortController().signal,
  ended() {},
  asJson() {},
});

const provisionProgram = createProvisionProgram({
  parts: {
    openWorld: () => nothing(),
    run: () => nothing(),
    now: Date.now,
    posture: () => nothing(),
    saveReceipt: () => nothing(),
    tellDisk: () => nothing(),
    countSealedUnder: () => nothing(),
  },
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  signal: new AbortController().signal,
  ended() {},
  asJson() {},
});

function nothing(): never {
  throw new Error('documentation does nothing to a device');
}

/** By its help: the controller's command line is run, never handed out. */
async function expectFleetCommand(words: readonly string[]): Promise<void> {
  const helpOf = async (path: readonly string[]): Promise<string> => {
    let said = '';
    const stream = { write: (text: string) => (said += text) };
    await runFleet([...path, '--help'], { stdin: process.stdin, stdout: stream, stderr: stream, env: {} });
    return said;
  };
  const paths = [words.slice(0, 3), words.slice(0, 2), words.slice(0, 1)];
  const helps = await Promise.all(
    paths.map(async (path) => ({ help: await helpOf(path), usage: `rockpool-fleet ${path.join(' ')}` })),
  );
  const help = helps.find(({ help, usage }) => help.startsWith(`Usage: ${usage} `))?.help ?? '';
  expect(help, words.join(' ')).not.toBe('');
  for (const flag of words.filter((word) => /^--[a-z]/.test(word)))
    expect(help).toContain(` ${flag.split('=')[0]}`);
}

function expectCommand(whole: Command, words: readonly string[]): void {
  let command = whole;
  let rest = [...words];
  for (let next = find(command, rest[0]); next; next = find(command, rest[0])) {
    command = next;
    rest = rest.slice(1);
  }
  if (words.length > 0 && !words[0]?.startsWith('-')) expect(command, words.join(' ')).not.toBe(whole);
  const known = [...command.options.flatMap(({ long, short }) => [long, short]), '--help', '-h', '--version'];
  for (const flag of rest.filter((word) => /^--?[a-z]/.test(word)))
    expect(known).toContain(flag.split('=')[0]);
}

const find = (command: Command, name: string | undefined): Command | undefined =>
  command.commands.find((one) => one.name() === name);

const links = pages.flatMap((page) =>
  [...textOf(page).matchAll(/\]\((?!https?:|mailto:|#)([^)\s]+)\)/g)].map(
    (match) => [page, match[1] ?? ''] as const,
  ),
);

test.each(links)('%s links to %s, which is there', (page, link) => {
  expect(existsSync(join(root, dirname(page), decodeURI(link.split('#')[0] ?? '')))).toBe(true);
});

test('the Justfile has a recipe for every script of package.json', () => {
  // A recipe's name holds no colon.
  const names = Object.keys(scripts).map((script) => script.replaceAll(':', '-'));
  expect([...recipes]).toEqual(expect.arrayContaining(names));
});
