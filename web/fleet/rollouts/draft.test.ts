import { RolloutPlan } from '@rockpool/protocol/update/rollout';
import { expect, test } from 'vitest';
import { type Draft, freshDraft, freshWave, isWrong, planOf, presets, wavesOf, wrongsOf } from './draft.ts';

const release = 'models/qwen3-8b/2';
const draft = (change: Partial<Draft> = {}): Draft => ({ ...freshDraft(release), ...change });

test('what stands in the form at first is a plan, however carefully', () => {
  for (const preset of presets) {
    const written = draft(wavesOf(preset));
    expect(isWrong(wrongsOf(written)), preset).toBe(false);
    expect(RolloutPlan.safeParse(planOf(written)).error, preset).toBeUndefined();
  }
});

test('the last wave takes the rest, and asks or waits as it was told', () => {
  const written = draft({
    waves: [freshWave('1', 'devices'), freshWave('12.5', 'percent', { pauseS: 600 })],
    last: { approval: true, pauseS: 3_600 },
  });
  expect(planOf(written).waves).toEqual([
    { devices: 1, approval: false, pauseS: 0 },
    { permille: 125, approval: false, pauseS: 600 },
    { permille: 1_000, approval: true, pauseS: 3_600 },
  ]);
});

test('percents are typed with a point or a comma, and are no more than a hundred', () => {
  const success = (percent: string) => wrongsOf(draft({ success: { percent, sample: '1' } })).success;
  for (const good of ['0', '95', '99.5', '99,5', ' 100 ']) expect(success(good), good).toBe(false);
  for (const bad of ['', '101', '-1', '9.55', 'all', '1e2', '100.1']) expect(success(bad), bad).toBe(true);
});

test('a wave that is no larger than one before of its kind is said to be', () => {
  const waves = [freshWave('10', 'devices'), freshWave('5', 'percent'), freshWave('10', 'devices')];
  expect(wrongsOf(draft({ waves })).waves).toEqual([null, null, 'grow']);
});

test('numbers that are none are said at their place, and nowhere else', () => {
  const waves = [freshWave('0', 'devices'), freshWave('0', 'percent'), freshWave('x', 'percent')];
  const wrongs = wrongsOf(
    draft({ waves, perMinute: '1.5', abort: { percent: '10', sample: '0', rollBack: false } }),
  );
  expect(wrongs).toEqual({
    ...{ release: false, waves: ['size', 'percent', 'percent'], success: false, successSample: false },
    ...{ abort: false, abortSample: true, perMinute: true },
  });
  expect(wrongsOf(draft({ release: '' })).release).toBe(true);
});
