/** Details of the audit log, as a person reads them. */

/** Details are kept as JSON; a person reads them as `name: value`. */
export function readable(detail: string): string {
  try {
    const parsed: unknown = JSON.parse(detail);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return detail;
    return told(parsed, ': ', ', ');
  } catch {
    return detail; // no JSON: it is a sentence already
  }
}

function told(values: object, is: string, and: string): string {
  return Object.entries(values)
    .map(([key, value]) => [key, typeof value === 'object' && value ? told(value, '=', ' ') : value])
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key}${is}${value}`)
    .join(and);
}
