import type { Alert, Overview } from '@rockpool/protocol/fleet/api';
import { expect, test } from 'vitest';
import { byKind, byUrgency, isWell, lookOf, unwell, verdict } from './verdict.ts';

const counts = { online: 0, degraded: 0, flapping: 0, offline: 0, never: 0, revoked: 0 };
const overview = (change: Partial<Overview> = {}): Overview => ({
  ...{ counts: { ...counts, online: 10 }, total: 10, agents: [], labelKeys: [], groups: [] },
  openAlerts: { notice: 0, warning: 0, critical: 0 },
  ...change,
});
const alert = (id: number, severity: Alert['severity'], raisedAt: number, seen = false): Alert => ({
  ...{ id, severity, raisedAt, code: `code-${severity}`, subject: `d${id}`, devices: [], detail: null },
  ...{ clearedAt: null, acknowledged: seen ? { by: 'ada', at: 1 } : null },
});

test('a fleet is well when nothing is raised and everyone in service is online', () => {
  expect(verdict(overview(), [])).toEqual({ kind: 'well', devices: 10 });
  const withRevoked = overview({ counts: { ...counts, online: 9, revoked: 1 } });
  expect(verdict(withRevoked, [])).toEqual({ kind: 'well', devices: 9 });
});

test('no device at all is neither well nor unwell', () => {
  expect(verdict(overview({ counts, total: 0 }), [])).toEqual({ kind: 'empty' });
});

test('the gravest severity is told, with what of it is open longest', () => {
  const openAlerts = { notice: 4, warning: 2, critical: 2 };
  const alerts = [alert(1, 'warning', 5), alert(2, 'critical', 30), alert(3, 'critical', 20)];
  const found = verdict(overview({ openAlerts }), alerts);
  expect(found).toMatchObject({ kind: 'raised', severity: 'critical', alerts: 2, oldest: { id: 3 } });
});

test('what somebody has seen is not called the longest open while something else is', () => {
  const openAlerts = { notice: 0, warning: 0, critical: 2 };
  const alerts = [alert(1, 'critical', 5, true), alert(2, 'critical', 30)];
  expect(verdict(overview({ openAlerts }), alerts)).toMatchObject({ oldest: { id: 2 } });
  expect(verdict(overview({ openAlerts }), alerts.slice(0, 1))).toMatchObject({ oldest: { id: 1 } });
});

test('devices that are away are told of before any alert is; a notice alone does not hide them', () => {
  const away = overview({ counts: { ...counts, online: 7, offline: 2, degraded: 1 } });
  expect(verdict(away, [])).toEqual({ kind: 'away', devices: 3 });
  const openAlerts = { notice: 1, warning: 0, critical: 0 };
  expect(verdict({ ...away, openAlerts }, [])).toMatchObject({ kind: 'away' });
  expect(verdict(overview({ openAlerts }), [])).toMatchObject({ kind: 'raised', severity: 'notice' });
});

test('alerts stand by urgency: not seen yet, then gravest, then longest open; and alike ones are one', () => {
  const alerts = [
    alert(1, 'critical', 1, true),
    alert(2, 'warning', 2),
    alert(3, 'critical', 9),
    alert(4, 'critical', 4),
  ];
  expect(byUrgency(alerts).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(byKind(alerts).map(({ code, alerts: of }) => [code, of.map(({ id }) => id)])).toEqual([
    ['code-critical', [4, 3, 1]],
    ['code-warning', [2]],
  ]);
});

test('a group is as grave as its gravest alert, and worth a look while one of it is away', () => {
  const group = { value: 'leeds', total: 2, online: 2, worst: null };
  expect(lookOf(group)).toBe('well');
  expect(lookOf({ ...group, worst: 'notice' })).toBe('notice');
  expect(lookOf({ ...group, online: 1 })).toBe('warning');
  expect(lookOf({ ...group, online: 1, worst: 'notice' })).toBe('warning');
  expect(lookOf({ ...group, worst: 'critical' })).toBe('critical');
  expect(isWell({ ...group, worst: 'notice' })).toBe(true);
});

test('groups that are not well stand by gravity, then by how many they miss, then by name', () => {
  const group = (value: string, online: number, worst: 'warning' | 'critical' | null = null) => ({
    ...{ value, online, worst, total: 5 },
  });
  const groups = [group('a', 5), group('b', 4), group('c', 2), group('e', 5, 'critical'), group('d', 2)];
  expect(unwell(groups).map(({ value }) => value)).toEqual(['e', 'c', 'd', 'b']);
});
