/** What a browser is told about every answer of ours: a page does what its own files do, and nothing else. */

/**
 * No inline script or style, no other host, no frame.
 * @param more what a page needs besides, such as `{ 'img-src': "'self' data:" }`
 */
export const pagePolicy = (more: Readonly<Record<`${string}-src`, string>> = {}): string =>
  Object.entries({
    ...{ 'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:" },
    ...{ 'connect-src': "'self'", ...more },
    ...{ 'form-action': "'self'", 'base-uri': "'none'", 'frame-ancestors': "'none'" },
  })
    .map(([what, from]) => `${what} ${from}`)
    .join('; ');

export const pageHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;
