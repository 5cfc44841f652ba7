/** Severities in their order. */
export type Severity = 'notice' | 'warning' | 'critical';

export const gravity = (severity: Severity | null): number =>
  severity === null ? 0 : { notice: 1, warning: 2, critical: 3 }[severity];
