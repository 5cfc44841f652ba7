/** The rules of the embedded broker, one by one. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import { expect, test } from 'vitest';
import { mayConnect, mayPublish, maySubscribe, type Publication } from './authorise.ts';

const leeds = DeviceName.parse('leeds');
const said: Publication = { topic: 'f/v1/leeds/up/report', bytes: 500, qos: 1, retain: false };
const will: Publication = { ...said, topic: 'f/v1/leeds/up/state' };
const asked = { cn: 'leeds', clientId: 'leeds', hasPassword: false, keepAliveS: 45, will };

test('a device connects as the one that its certificate names, with its own will or none', () => {
  expect(mayConnect(asked)).toEqual({ device: 'leeds' });
  expect(mayConnect({ ...asked, will: undefined })).toEqual({ device: 'leeds' });
});

test.each([
  ['no-certificate', { cn: undefined }],
  ['not-a-device', { cn: '#', clientId: '#' }],
  ['not-a-device', { cn: '$share', clientId: '$share' }],
  ['not-a-device', { cn: 'controller', clientId: 'controller' }],
  ['not-a-device', { cn: 'leeds/up', clientId: 'leeds/up' }],
  ['client-id', { clientId: 'york' }],
  ['client-id', { clientId: '' }],
  ['password', { hasPassword: true }],
  ['keep-alive', { keepAliveS: 0 }],
  ['keep-alive', { keepAliveS: 65_535 }],
  ['will', { will: { ...will, topic: 'f/v1/york/up/state' } }],
  ['will', { will: { ...will, topic: 'f/v1/leeds/up/report' } }],
  ['will', { will: { ...will, topic: 'f/ctl/v1/status' } }],
  ['will', { will: { ...will, retain: true } }],
  ['will', { will: { ...will, bytes: 70_000 } }],
] as const)('a connection is refused: %s (%o)', (refused, change) => {
  expect(mayConnect({ ...asked, ...change })).toEqual({ refused });
});

test('a device publishes below its own name only, unretained, up to 64 KB', () => {
  for (const kind of ['state', 'report', 'batch'])
    expect(mayPublish(leeds, { ...said, topic: `f/v1/leeds/up/${kind}` })).toBeNull();
  for (const topic of [
    'f/v1/york/up/report',
    'f/v1/leeds/down/command',
    'f/v1/leeds/up/report/more',
    'f/v1/leeds/up/',
    'f/v1//up/report',
    'f/ctl/v1/status',
    '$SYS/broker/uptime',
    '$share/ctl/f/v1/leeds/up/report',
    'f/v1/LEEDS/up/report',
  ])
    expect(mayPublish(leeds, { ...said, topic }), topic).toBe('topic');
  expect(mayPublish(leeds, { ...said, retain: true })).toBe('retained');
  expect(mayPublish(leeds, { ...said, qos: 2 })).toBe('qos');
  expect(mayPublish(leeds, { ...said, bytes: 64 * 1024 })).toBeNull();
  expect(mayPublish(leeds, { ...said, bytes: 64 * 1024 + 1 })).toBe('too-large');
});

test('a device listens to what is said to it and to whether its controller is there, and to nothing wider', () => {
  for (const filter of [
    'f/v1/leeds/down/+',
    'f/v1/leeds/down/ack',
    'f/v1/leeds/down/command',
    'f/ctl/v1/status',
  ])
    expect(maySubscribe(leeds, filter), filter).toBe(true);
  for (const filter of [
    ...['#', '+/#', 'f/#', 'f/v1/#', 'f/v1/+/down/+', 'f/v1/leeds/#', 'f/v1/leeds/down/#'],
    ...['f/v1/york/down/+', 'f/v1/leeds/up/+', '$share/ctl/f/v1/+/up/+', '$share/x/f/v1/leeds/down/+'],
    ...['$SYS/#', 'f/ctl/#', 'f/ctl/v1/+', ''],
  ])
    expect(maySubscribe(leeds, filter), filter).toBe(false);
});
