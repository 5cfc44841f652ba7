/** What is shipped for Prometheus and Grafana names only what a controller really tells: every metric, every label, and the route. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Door, openDoor } from '../api/operators-door.fixture.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z
        .array(
          z.strictObject({
            alert: z.string().regex(/^RockpoolFleet[A-Za-z]+$/),
            expr: z.string(),
            for: z.string().regex(/^\d+[smh]$/),
            labels: z.strictObject({ severity: z.enum(['notice', 'warning', 'critical']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string() }),
          }),
        )
        .min(1),
    }),
  ),
});
const Dashboard = z.looseObject({
  uid: z.literal('rockpool-fleet'),
  schemaVersion: z.int(),
  panels: z
    .array(
      z.looseObject({
        id: z.int(),
        title: z.string(),
        gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
        targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })).min(1),
      }),
    )
    .min(10),
});

const rules = Rules.parse(parse(read('rules.yaml'))).groups.flatMap((group) => group.rules);
const dashboard = Dashboard.parse(JSON.parse(read('dashboard.json')));
const queries = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** What Prometheus adds to everything that it reads, and what histograms have. */
const always = ['instance', 'job', 'le'];
let door: Door;
/** Labels by metric, as they are declared: also of what has no value yet. */
let exported: Map<string, ReadonlySet<string>>;
beforeAll(async () => {
  door = await openDoor();
  await door.db
    .insertInto('alerts')
    .values({
      ...{
        code: 'offline',
        severity: 'critical',
        subject: 'leeds',
        open_key: 'a',
        devices: '[]',
        detail: null,
      },
      ...{ raised_at: 1, cleared_at: null, gone_at: null, returns: 0, hidden_by: null },
      ...{ acknowledged_by: null, acknowledged_at: null },
    })
    .execute();
  await door.ask('GET', '/api/me');
  const { body } = await door.ask('GET', '/metrics');
  exported = new Map();
  for (const [, name = '', labels = ''] of body.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const keys = [...labels.matchAll(/(\w+)="/g)].map(([, key]) => key ?? '');
    exported.set(name, new Set([...(exported.get(name) ?? []), ...keys]));
  }
});
afterAll(() => door[Symbol.asyncDispose]());

test.each(queries)('%s asks for metrics and labels that are told: %s', (_, expr) => {
  const names = [...expr.matchAll(/rockpool_\w+/g)].map(([name]) => name);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect([...exported.keys()]).toContain(name);
  const known = new Set([...always, ...names.flatMap((name) => [...(exported.get(name) ?? [])])]);
  for (const [, , braces = ''] of expr.matchAll(/(rockpool_\w+)\{([^}]*)\}/g))
    for (const [, label = ''] of braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
      expect([...known]).toContain(label);
  for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of by.split(',')) expect([...known]).toContain(label.trim());
});

test.each(dashboard.panels.flatMap(({ title, targets }) => targets.map((one) => [title, one] as const)))(
  '%s: its legend names labels that are left over by its query',
  (_, { expr, legendFormat }) => {
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = '']) =>
        by.split(',').map((one) => one.trim()),
      );
      if (groups.length > 0) expect(groups).toContain(label);
      else expect(expr).not.toMatch(/\b(?:sum|max|min|count)\(/);
    }
  },
);

test('values that rules compare with are such as are told', async () => {
  const { body } = await door.ask('GET', '/metrics');
  for (const [alert, expr] of queries)
    for (const [, label, values = ''] of expr.matchAll(
      /(presence|state|severity|quantile)(?:=~|=)"([^"]*)"/g,
    ))
      for (const value of values.split('|'))
        expect(body, `${alert}: ${label}="${value}"`).toContain(`${label}="${value}"`);
});

test('panels lie beside each other, none over another, and each has its own number', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        taken.add(`${x} ${y}`);
      }
  }
});

test('every metric of ours is shown or watched, or has a reason not to be', () => {
  const asked = queries.map(([, expr]) => expr).join(' ');
  /** For whoever looks closer. */
  const unshown = [
    'rockpool_fleet_http_request_seconds_sum',
    'rockpool_fleet_reports_total',
    'rockpool_fleet_duplicates_total',
  ];
  for (const name of exported.keys()) if (!unshown.includes(name)) expect(asked).toContain(name);
});

test('Prometheus is told of the route, the key and the rules', () => {
  const config = parse(read('prometheus.yaml')) as {
    scrape_configs: { metrics_path: string; scheme: string; static_configs: { targets: string[] }[] }[];
    rule_files: string[];
  };
  expect(config.scrape_configs[0]).toMatchObject({ metrics_path: '/metrics', scheme: 'https' });
  expect(config.scrape_configs[0]?.static_configs[0]?.targets[0]).toMatch(/:8444$/);
  expect(config.rule_files).toEqual(['rules.yaml']);
});
