/** Where the repository's word and its bytes come from: a stick, or the controller and whoever else the fleet's settings name. */

import { isIP } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Mirror } from './payload/source.ts';

export interface Sources {
  /** Addresses or folders below which `metadata/` and `targets/` lie. */
  words: readonly string[];
  mirrors: readonly Mirror[];
}

/** With a stick nobody else is asked: whoever brought it may have no network, or not want one. */
export function sourcesOf(parts: {
  bundle?: string | undefined;
  controller: string | undefined;
  mirrors: readonly string[];
}): Sources {
  const { bundle, controller, mirrors } = parts;
  if (bundle !== undefined)
    return { words: [bundle], mirrors: [{ url: `${pathToFileURL(bundle).href}/`, near: true }] };
  const all = [...(controller === undefined ? [] : [new URL('/releases', controller).href]), ...mirrors];
  return { words: all, mirrors: all.map((url) => ({ url, near: isNear(url) })) };
}

/** In the same building, by its name or its address. */
function isNear(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (host.endsWith('.local') || host === 'localhost') return true;
  const isPrivate4 = /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\./.test(host);
  return isIP(host) === 4 ? isPrivate4 : isIP(host) === 6 && /^(?:f[cd]|fe80|::1$)/i.test(host);
}
