import { updatePhases } from '@rockpool/protocol/update/status';
import { expect, test } from 'vitest';
import { events, follow, mayBeCancelled } from './transitions.ts';
import { wakes } from './wake.ts';

const after = (phase: (typeof updatePhases)[number]) =>
  events.flatMap((event) => follow(phase, event) ?? []).filter((next, n, all) => all.indexOf(next) === n);

test('an update that goes well passes every phase once, and ends where it began', () => {
  const well = events.filter(
    (event) => !['had', 'failed', 'cancelled', 'rolled-back', 'looked-at'].includes(event),
  );
  const passed: (typeof updatePhases)[number][] = ['idle'];
  for (const event of well) passed.push(follow(passed.at(-1) ?? 'idle', event) ?? 'failed-safe');
  expect(passed).toEqual([...updatePhases.slice(0, 11), 'idle']);
});

test('whatever happens in a phase, all others but idle can fail; and from each idle can be reached again', () => {
  for (const phase of updatePhases) {
    if (phase !== 'idle' && phase !== 'failed-safe') expect(follow(phase, 'failed'), phase).toBeDefined();
    const reached = new Set([phase]);
    for (const each of reached) for (const next of after(each)) reached.add(next);
    expect(reached, phase).toContain('idle');
  }
});

test('once the switch may be thrown nobody cancels, and failing leads back, never to idle', () => {
  for (const phase of ['activating', 'trial', 'committing'] as const) {
    expect(mayBeCancelled(phase)).toBe(false);
    expect(follow(phase, 'failed')).toBe('rolling-back');
  }
  expect(follow('rolling-back', 'failed')).toBe('failed-safe');
  expect(after('failed-safe')).toEqual(['rolling-back']);
});

test('nobody wakes further than they were, and nothing that was switched to is forgotten', () => {
  const order = (phase: (typeof updatePhases)[number]): number => updatePhases.indexOf(phase);
  for (const phase of updatePhases) expect(order(wakes[phase]), phase).toBeLessThanOrEqual(order(phase));
  for (const phase of ['activating', 'trial', 'committing', 'rolling-back', 'failed-safe'] as const)
    expect(wakes[phase]).toBe(phase);
});
