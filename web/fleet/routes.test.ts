import { expect, test } from 'vitest';
import { devicePath, devicesPath, overviewPath, routeOf, subjectPath } from './routes.ts';

test('every address leads back to what it was made from', () => {
  expect(routeOf('')).toEqual({ page: 'overview', by: null });
  expect(routeOf(overviewPath('region'))).toEqual({ page: 'overview', by: 'region' });
  expect(routeOf(devicePath('leeds-1'))).toEqual({ page: 'device', name: 'leeds-1' });
  const filter = { search: 'a&b=c', presence: 'offline', worst: 'warning', label: 'branch=São Tomé' };
  expect(routeOf(devicesPath(filter))).toEqual({ page: 'devices', filter });
  expect(devicesPath({ search: '', label: '' })).toBe('#/devices');
});

test('what an alert is about has a page: the device, or those of its group', () => {
  expect(routeOf(subjectPath('leeds-1'))).toEqual({ page: 'device', name: 'leeds-1' });
  expect(routeOf(subjectPath('branch=leeds'))).toEqual({
    page: 'devices',
    filter: { label: 'branch=leeds' },
  });
});

test('what leads nowhere is said to', () => {
  for (const hash of ['#/nothing', '#/alerts/7', '#/devices/a/b', '#setup=RUN7-HKQ2'])
    expect(routeOf(hash), hash).toEqual({ page: 'lost' });
  expect(routeOf('#/devices/%E0%A4%A')).toEqual({ page: 'device', name: '%E0%A4%A' });
});
