/** Addresses and what they show. */

export const tabs = ['account', 'people', 'keys', 'memory', 'documents', 'models', 'about'] as const;
export type Tab = (typeof tabs)[number];

export type Route =
  | { page: 'new' }
  | { page: 'session'; id: string; messageId: number | null }
  | { page: 'settings'; tab: Tab }
  | { page: 'setup' }
  | { page: 'login'; back: string }
  | { page: 'join'; code: string }
  | { page: 'lost' };

/** @param address path, query and hash */
export function routeOf(address: string): Route {
  const url = new URL(address, 'http://device');
  const [first = '', second = '', ...more] = url.pathname.split('/').filter(Boolean);
  if (more.length > 0) return { page: 'lost' };
  switch (first) {
    case '':
      return { page: 'new' };
    case 'c':
      return second
        ? { page: 'session', id: plain(second), messageId: messageIn(url.hash) }
        : { page: 'lost' };
    case 'settings':
      return settingsTab(second || 'account');
    case 'setup':
      return second ? { page: 'lost' } : { page: 'setup' };
    case 'login':
      return second ? { page: 'lost' } : { page: 'login', back: safeBack(url.searchParams.get('back')) };
    case 'join':
      return second ? { page: 'join', code: plain(second) } : { page: 'lost' };
    default:
      return { page: 'lost' };
  }
}

export const sessionPath = (id: string, messageId?: number): string =>
  `/c/${encodeURIComponent(id)}${messageId === undefined ? '' : `#m${messageId}`}`;
export const loginPath = (back: string): string =>
  safeBack(back) === '/' ? '/login' : `/login?back=${encodeURIComponent(back)}`;

function settingsTab(name: string): Route {
  const tab = tabs.find((one) => one === name);
  return tab ? { page: 'settings', tab } : { page: 'lost' };
}

/** Only a page of ours: `//evil.example` and `/\evil` are other hosts to a browser. */
function safeBack(back: string | null): string {
  if (!back || !/^\/(?![/\\])/.test(back)) return '/';
  const url = new URL(back, 'http://device');
  const page = url.host === 'device' ? routeOf(back).page : 'lost';
  return page === 'session' || page === 'settings' || page === 'new' ? back : '/';
}

function messageIn(hash: string): number | null {
  const id = /^#m(\d{1,15})$/.exec(hash)?.[1];
  return id === undefined ? null : Number(id);
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % is a wrong address, not a failure
  }
}
