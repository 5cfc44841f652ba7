import { expect, test } from 'vitest';
import { loginPath, routeOf, sessionPath, tabs } from './routes.ts';

test('every address of the page shows its page', () => {
  expect(routeOf('/')).toEqual({ page: 'new' });
  expect(routeOf('/c/s1')).toEqual({ page: 'session', id: 's1', messageId: null });
  expect(routeOf('/settings')).toEqual({ page: 'settings', tab: 'account' });
  for (const tab of tabs) expect(routeOf(`/settings/${tab}`)).toEqual({ page: 'settings', tab });
  expect(routeOf('/setup')).toEqual({ page: 'setup' });
  expect(routeOf('/join/abc')).toEqual({ page: 'join', code: 'abc' });
});

test('an address that is none of ours is lost, and does not throw', () => {
  for (const address of ['/c', '/nothing', '/settings/secrets', '/c/a/b', '/join', '/login/x']) {
    expect(routeOf(address), address).toEqual({ page: 'lost' });
  }
  expect(routeOf('/c/%E0%A4%A')).toMatchObject({ page: 'session' });
});

test('the address of a message leads to it', () => {
  expect(routeOf(sessionPath('a/b c', 12))).toEqual({ page: 'session', id: 'a/b c', messageId: 12 });
});

test('signing in leads back to where one was', () => {
  expect(routeOf(loginPath('/c/s1#m4'))).toEqual({ page: 'login', back: '/c/s1#m4' });
  expect(routeOf(loginPath('/settings/keys'))).toEqual({ page: 'login', back: '/settings/keys' });
});

test('signing in never leads to another host', () => {
  for (const back of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/login',
    '/api/logout',
    '/\t/evil.example',
  ]) {
    expect(routeOf(`/login?back=${encodeURIComponent(back)}`), back).toEqual({ page: 'login', back: '/' });
  }
});
