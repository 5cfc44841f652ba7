import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controllerAlerts } from '@rockpool/protocol/fleet/alerts';
import { AlertSeverity, CommandState, Presence, Role, TimelineEntry } from '@rockpool/protocol/fleet/api';
import { commandNames, commandRefusals, DeclaredConfig } from '@rockpool/protocol/fleet/command';
import { warnings } from '@rockpool/protocol/fleet/warnings';
import { postureCodes } from '@rockpool/protocol/posture';
import { refusals } from '@rockpool/protocol/refusal';
import { releaseKinds } from '@rockpool/protocol/update/release';
import { deviceRolloutStates, RolloutForecast, rolloutStates } from '@rockpool/protocol/update/rollout';
import { updateOutcomes, updatePhases, updateReasons } from '@rockpool/protocol/update/status';
import { describe, expect, test } from 'vitest';
import { bulkOrders, disruptive, orders } from '../device/orders.ts';
import { postureCodes as shownPosture } from '../device/posture.tsx';
import { presences } from '../parts/presences.ts';
import { deviceStates } from '../rollouts/tally.ts';
import { alertsEn } from './alerts-en.ts';
import { alertsZh } from './alerts-zh.ts';
import { en } from './en.ts';
import { alertWords, isKey } from './say.ts';
import { zh } from './zh.ts';

const placesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const codeIn = (text: string) => [...text.matchAll(/`[^`]+`/g)].map(String).sort();
const han = /\p{sc=Han}/u;

describe('the catalogues', () => {
  test('have the same keys, and fill in the same things', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const [key, words] of Object.entries<string>(en)) {
      const chinese = Reflect.get(zh, key);
      expect(chinese.trim(), key).not.toBe('');
      // A translated refusal may say less than the controller did.
      if (!key.startsWith('error.')) expect(placesIn(chinese), key).toEqual(placesIn(words));
    }
  });

  test('are translated', () => {
    const sameOnPurpose = ['command.give', 'me.language', 'language.name'];
    for (const [key, words] of Object.entries<string>(en))
      if (!sameOnPurpose.includes(key)) expect(words, key).not.toMatch(han);
    for (const [key, words] of Object.entries(zh)) {
      const isName = /^\S*\{\w+\}\S*$/.test(words) || sameOnPurpose.includes(key);
      if (!isName) expect(words, key).toMatch(han);
    }
  });

  test('hold no word that no page says', () => {
    const root = join(import.meta.dirname, '..');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.tsx?$/.test(name) && !/\.test\.|words\/(?:en|zh|alerts|rollouts)/.test(name),
    );
    const parts = ['act', 'door', 'message', 'time'];
    const said = files.map((name) => readFileSync(join(root, name), 'utf8')).join('\n');
    // Keys that are put together as they are said: `order.${name}`, `event.${what}` …
    const made = [...said.matchAll(/`([a-zA-Z.]+)\.\$\{/g)].map(([, stem]) => `${stem}.`);
    const bases = [...made, 'event.', 'did.', 'order.', 'error.'];
    const unsaid: string[] = [];
    const counted = /\.(?:one|other)$/;
    for (const key of Object.keys(en)) {
      const stem = key.replace(counted, '');
      const isSaid =
        said.includes(`'${stem}'`) ||
        said.includes(`"${stem}"`) ||
        bases.some((base) => key.startsWith(base));
      if (!isSaid && !parts.includes(key.split('.')[0] ?? '')) unsaid.push(key);
    }
    expect(unsaid).toEqual([]);
  });
});

describe('alerts', () => {
  const all = { ...warnings, ...controllerAlerts };

  test('have their words in both languages, and none is left over', () => {
    expect(Object.keys(alertsEn).sort()).toEqual(Object.keys(all).sort());
    expect(Object.keys(alertsZh).sort()).toEqual(Object.keys(all).sort());
  });

  test('say in English what the protocol says, and in Chinese the same commands', () => {
    for (const [code, { title, cure }] of Object.entries(all)) {
      expect(alertsEn[code], code).toEqual({ title, cure });
      expect(alertsZh[code]?.title, code).toMatch(han);
      expect(alertsZh[code]?.cure, code).toMatch(han);
      expect(codeIn(alertsZh[code]?.cure ?? ''), code).toEqual(codeIn(cure));
    }
  });

  test('of a code that is newer than this page are shown by their code', () => {
    expect(alertWords('from-the-future')).toEqual({ title: 'from-the-future', cure: '' });
    expect(alertWords('constructor')).toEqual({ title: 'constructor', cure: '' });
  });
});

test('everything that the wire names has its words', () => {
  const named = [
    ...Presence.options.flatMap((one) => [`presence.${one}`, `presence.${one}.text`]),
    ...AlertSeverity.options.map((one) => `severity.${one}`),
    ...Role.options.flatMap((one) => [`role.${one}`, `role.${one}.text`]),
    ...CommandState.options.map((one) => `command.state.${one}`),
    ...TimelineEntry.shape.kind.options.map((one) => `timeline.${one}`),
    ...commandNames.map((one) => `order.${one}`),
    ...orders.map((one) => `order.${one}.text`),
    ...commandRefusals.map((one) => `refusal.${one}`),
    ...Object.keys(DeclaredConfig.shape).map((one) => `setting.${one}`),
    ...updatePhases.map((one) => `phase.${one}`),
    ...updateOutcomes.map((one) => `outcome.${one}`),
    ...updateReasons.flatMap((one) => [`reason.${one}`, `reason.${one}.cure`]),
    ...releaseKinds.map((one) => `releases.kind.${one}`),
    ...rolloutStates.flatMap((one) => [`rollout.state.${one}`, `rollout.says.${one}`, `rollout.text.${one}`]),
    ...deviceRolloutStates.flatMap((one) => [`rollout.device.${one}`, `rollout.device.${one}.text`]),
    ...RolloutForecast.shape.leftOut.element.shape.why.options.map((one) => `forecast.why.${one}`),
    ...postureCodes.flatMap((one) => [`posture.${one}`, `posture.${one}.cure`]),
  ];
  expect(named.filter((key) => !isKey(key))).toEqual([]);
  for (const code of ['wrong-password', 'wrong-code', 'forbidden', 'too-many-requests'] as const) {
    expect(refusals).toHaveProperty(code);
    expect(isKey(`error.${code}`), code).toBe(true);
  }
});

test('whatever a controller writes into its audit log has its words', () => {
  const root = join(import.meta.dirname, '../../../fleet');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/node_modules|\.test\.|\.fixture\.|(?:^|\/)test\//.test(name),
  );
  const written = files.flatMap((name) => [
    ...readFileSync(join(root, name), 'utf8').matchAll(/\baction: '([a-z-]+)'|signIn\(\w+, '([a-z-]+)'/g),
  ]);
  const actions = new Set(written.map(([, one, other]) => one ?? other));
  expect(actions.size).toBeGreaterThan(10);
  expect([...actions].filter((action) => !isKey(`did.${action}`))).toEqual([]);
});

test('what the page lists itself is all that there is', () => {
  expect([...presences].sort()).toEqual([...Presence.options].sort());
  expect([...deviceStates].sort()).toEqual([...deviceRolloutStates].sort());
  expect([...shownPosture].sort()).toEqual([...postureCodes].sort());
  const ofRollouts = ['install', 'cancel-install', 'roll-back'];
  expect([...orders, ...ofRollouts].sort()).toEqual([...commandNames].sort());
  expect(bulkOrders).not.toContain('set-config');
  expect([...disruptive]).toEqual(expect.arrayContaining(['reboot', 'restart-agent']));
});
