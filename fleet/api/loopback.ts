/** What this machine calls itself, when nobody else is asked. */

export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (address: string | undefined): boolean =>
  /^(?:::1|(?:::ffff:)?127\.)/i.test(address ?? '');
