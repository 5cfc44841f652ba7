/** Takes out of a log line what may be a secret or a person's words: the last net before a line leaves the device. */

const keptOut = '[kept out]';

/** A log line as the agent writes it, or as any program does. */
export function redactLine(line: string): string {
  const fields = parsed(line);
  return fields === undefined ? redactText(line) : JSON.stringify(redactFields(fields));
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined; // a line that was cut: text
  }
}

/**
 * What the agent's own lines are made of; a field that nobody thought of here is left out with its value. An error's
 * message is not among them: a library's may hold what it was given, and the stack tells where it was thrown.
 */
const known = new Set([
  ...['time', 'level', 'msg', 'err', 'why', 'type', 'code', 'stack', 'cause', 'status'],
  ...['method', 'path', 'state', 'missing', 'reason', 'ms', 'bytes', 'count', 'sequences', 'model', 'file'],
  ...['reqId', 'req', 'res', 'id', 'name', 'contextTokens', 'restarts', 'folder'],
]);

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      known.has(name) ? [[name, redactValue(value, name)]] : [],
    ),
  );
}

function redactValue(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name === 'stack' ? frames(value) : redactText(value);
  if (Array.isArray(value)) return value.map((one) => redactValue(one, name));
  if (typeof value === 'object' && value !== null) return redactFields(value as Record<string, unknown>);
  return value;
}

/** Where, and not what: the first line of a stack is the message again. */
const frames = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');

/** Each with what it finds; longest first, so that none leaves the half of another. */
const secrets: readonly RegExp[] = [
  /-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)/g,
  // A recovery key as the boot prompt takes it, and a claim.
  /\b[cbdefghijklnrtuv]{8}(?:-[cbdefghijklnrtuv]{8}){3,}\b/g,
  /\bRP(?:-[0-9A-Z]{5}){4}\b/gi,
  // Eight words in a row that could be of a recovery key: letters only, nothing but blanks between.
  /\b[a-z]{3,8}(?: [a-z]{3,8}){23}\b/g,
  /\b[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}\b/g,
  /(?<=\/join\/)[^\s/"]+/g,
  /\bscrypt\$\S+|\$argon2\S+/g,
  /\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g,
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g,
  /(?<![\w:.])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){3})[0-9a-f:]{3,39}(?![\w:])/gi, // a time has two colons
  // Keys, cookies, hashes: nothing that a person reads is so long and so mixed.
  /(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])(?<![\w+/=.-])[\w+=-]{20,}(?![\w+=-])/g,
];

/** What an error quotes is what somebody gave it: parsers quote the text that they could not read. */
const quoted = /"[^"\n]*"|“[^”\n]*”|`[^`\n]*`/g;

export function redactText(text: string): string {
  const unquoted = text.replace(quoted, `"${keptOut}"`);
  return secrets.reduce((rest, secret) => rest.replace(secret, keptOut), unquoted);
}
