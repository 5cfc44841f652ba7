/** The operating system around the data: its name, and no memory written to a disk in plain. */
import { headerOf } from '../facts/facts.ts';
import { nameOf, type Step } from './step.ts';

export const hostnameStep: Step = {
  id: 'hostname',
  title: 'Take its name',
  why: 'People find the device as NAME.local, and its certificates say the same name.',
  // A device that is set up and locked knows its name again when it is open.
  holds: (facts, config) =>
    facts.hostname === nameOf(facts, config) || (headerOf(facts)?.mark === 'kept' && facts.device === null),
  seen: ({ hostname }) => `Its name is ${hostname}.`,
  apply: ({ world, facts, config }) => world.setHostname(nameOf(facts, config)),
};

export const swapStep: Step = {
  id: 'swap',
  title: 'Stop plain swap',
  why: 'What people say is in memory, and plain swap writes memory to a disk that anybody can read.',
  holds: ({ swap }) => swap.every(({ kind }) => kind !== 'plain'),
  seen: ({ swap }) =>
    swap.length === 0
      ? 'There is no swap.'
      : `Swap: ${swap.map(({ path, kind }) => `${path} (${kind})`).join(', ')}.`,
  apply: ({ world, facts }) => world.stopPlainSwap(facts),
};

export const coreDumpsStep: Step = {
  id: 'core-dumps',
  title: 'Turn core dumps off',
  why: 'A program that crashes would leave what it knew, keys included, in a file.',
  holds: ({ coreDumps }) => coreDumps.off,
  seen: ({ coreDumps }) => coreDumps.says,
  apply: ({ world }) => world.stopCoreDumps(),
};
