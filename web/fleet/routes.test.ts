import { expect, test } from 'vitest';
import {
  devicePath,
  devicesPath,
  newRolloutPath,
  overviewPath,
  rolloutPath,
  routeOf,
  subjectPath,
} from './routes.ts';

test('every address leads back to what it was made from', () => {
  expect(routeOf('')).toEqual({ page: 'overview', by: null });
  expect(routeOf(overviewPath('region'))).toEqual({ page: 'overview', by: 'region' });
  expect(routeOf(devicePath('leeds-1'))).toEqual({ page: 'device', name: 'leeds-1' });
  const filter = { search: 'a&b=c', presence: 'offline', worst: 'warning', label: 'branch=São Tomé' };
  expect(routeOf(devicesPath(filter))).toEqual({ page: 'devices', filter });
  expect(devicesPath({ search: '', label: '' })).toBe('#/devices');
  const id = '0199c0de-0000-4000-8000-000000000001';
  expect(routeOf(rolloutPath(id))).toEqual({ page: 'rollout', id });
  expect(routeOf(newRolloutPath())).toEqual({ page: 'new-rollout', release: null });
  const release = 'models/qwen3-8b/2+q4';
  expect(routeOf(newRolloutPath(release))).toEqual({ page: 'new-rollout', release });
  expect(routeOf('#/releases')).toEqual({ page: 'releases' });
});

test('what an alert is about has a page: the device, those of its group, or the rollouts', () => {
  expect(routeOf(subjectPath('rollout=models/qwen3-8b/2'))).toEqual({ page: 'rollouts' });
  expect(routeOf(subjectPath('leeds-1'))).toEqual({ page: 'device', name: 'leeds-1' });
  expect(routeOf(subjectPath('branch=leeds'))).toEqual({
    page: 'devices',
    filter: { label: 'branch=leeds' },
  });
});

test('what leads nowhere is said to', () => {
  for (const hash of [
    '#/nothing',
    '#/alerts/7',
    '#/releases/7',
    '#/rollouts/a/b',
    '#/devices/a/b',
    '#setup=RUN7-HKQ2',
  ])
    expect(routeOf(hash), hash).toEqual({ page: 'lost' });
  expect(routeOf('#/devices/%E0%A4%A')).toEqual({ page: 'device', name: '%E0%A4%A' });
});
