/** Log lines for a person at a terminal: time, level, sentence, and what else was given. */
import type { DestinationStream } from 'pino';

const colours: Record<string, number> = { trace: 90, debug: 90, info: 36, warn: 33, error: 31, fatal: 31 };

export function readable(
  destination: DestinationStream,
  coloured = !process.env['NO_COLOR'],
): DestinationStream {
  return {
    write: (line: string) =>
      destination.write(`${format(JSON.parse(line) as Record<string, unknown>, coloured)}\n`),
  };
}

function format(line: Record<string, unknown>, coloured: boolean): string {
  const { time, level, msg, err, ...rest } = line;
  const label = String(level).padEnd(5);
  const painted = coloured ? `\x1b[${colours[String(level)] ?? 0}m${label}\x1b[0m` : label;
  const head = `${String(time).slice(11, 19)} ${painted} ${String(msg ?? '')}`;
  return [head + pairs(rest), ...failure(err)].join('\n');
}

const pairs = (rest: Record<string, unknown>): string =>
  Object.entries(rest)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');

function failure(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { stack, message, cause } = err as Record<string, unknown>;
  const own = `  ${String(stack ?? message).replaceAll('\n', '\n  ')}`;
  return [own, ...failure(cause).map((line) => `  because of:\n${line}`)];
}
