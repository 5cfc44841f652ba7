/** The waves being written: how large each is, what it waits for, whether it asks. */
import { useState } from 'preact/hooks';
import { number } from '../../i18n/amounts.ts';
import { Button, IconButton } from '../../parts/button.tsx';
import { Choice, Tick } from '../../parts/field.tsx';
import { say } from '../words/say.ts';
import {
  type Draft,
  type DraftWave,
  freshWave,
  mostWaves,
  type Preset,
  pauses,
  presets,
  type Wrongs,
  wavesOf,
} from './draft.ts';

interface WavesFormProps {
  draft: Draft;
  onDraft(draft: Draft): void;
  wrongs: Wrongs['waves'] | null;
}

export function WavesForm({ draft, onDraft, wrongs }: WavesFormProps) {
  const [preset, setPreset] = useState<Preset>('usual');
  const set = (waves: readonly DraftWave[]) => onDraft({ ...draft, waves });
  const change = (key: number, part: Partial<DraftWave>) =>
    set(draft.waves.map((wave) => (wave.key === key ? { ...wave, ...part } : wave)));
  return (
    <fieldset class="form-part">
      <legend class="field-label">{say('rollnew.waves')}</legend>
      <Choice<Preset>
        label={say('rollnew.preset')}
        quietLabel
        value={preset}
        options={presets.map((one) => [one, say(`rollnew.preset.${one}`)] as const)}
        onValue={(chosen) => {
          setPreset(chosen);
          onDraft({ ...draft, ...wavesOf(chosen) });
        }}
      />
      <ol class="wave-fields">
        {draft.waves.map((wave, place) => (
          <WaveFields
            key={wave.key}
            wave={wave}
            n={place + 1}
            wrong={wrongs?.[place] ?? null}
            onWave={(part) => change(wave.key, part)}
            remove={() => set(draft.waves.filter(({ key }) => key !== wave.key))}
          />
        ))}
        <li class="wave-field">
          <span class="wave-field-name">{say('rollout.wave', { n: number(draft.waves.length + 1) })}</span>
          <span class="wave-field-rest">{say('rollout.waveRest')}</span>
          <WaitFields
            wait={draft.last}
            n={draft.waves.length + 1}
            onWait={(part) => onDraft({ ...draft, last: { ...draft.last, ...part } })}
          />
        </li>
      </ol>
      <p class="note">{say('rollnew.wavesHint')}</p>
      <div>
        <Button
          icon="plus"
          disabled={draft.waves.length + 1 >= mostWaves}
          onClick={() => set([...draft.waves, freshWave('50', 'percent')])}
        >
          {say('rollnew.addWave')}
        </Button>
      </div>
    </fieldset>
  );
}

interface WaveFieldsProps {
  wave: DraftWave;
  n: number;
  wrong: Wrongs['waves'][number];
  onWave(part: Partial<DraftWave>): void;
  remove(): void;
}

function WaveFields({ wave, n, wrong, onWave, remove }: WaveFieldsProps) {
  const fill = { n: number(n) };
  const noteId = `wave-${wave.key}-note`;
  return (
    <li class="wave-field">
      <span class="wave-field-name">{say('rollout.wave', fill)}</span>
      <span class="wave-field-size">
        <input
          class="input"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          maxLength={8}
          aria-label={say('rollnew.size', fill)}
          aria-invalid={wrong ? 'true' : undefined}
          aria-describedby={wrong ? noteId : undefined}
          value={wave.size}
          onInput={(event) => onWave({ size: event.currentTarget.value })}
        />
        <select
          class="select"
          aria-label={say('rollnew.unit', fill)}
          value={wave.unit}
          onChange={(event) =>
            onWave({ unit: event.currentTarget.value === 'devices' ? 'devices' : 'percent' })
          }
        >
          <option value="devices">{say('rollnew.unit.devices')}</option>
          <option value="percent">{say('rollnew.unit.percent')}</option>
        </select>
      </span>
      <WaitFields wait={wave} n={n} onWait={onWave} />
      <IconButton icon="close" label={say('rollnew.removeWave', fill)} onClick={remove} />
      {wrong && (
        <p class="note note-wrong" id={noteId}>
          {say(`rollnew.wrong.${wrong}`)}
        </p>
      )}
    </li>
  );
}

interface WaitFieldsProps {
  wait: Pick<DraftWave, 'approval' | 'pauseS'>;
  n: number;
  onWait(part: Partial<Pick<DraftWave, 'approval' | 'pauseS'>>): void;
}

/** What a wave waits for; the first one waits for nobody. */
function WaitFields({ wait, n, onWait }: WaitFieldsProps) {
  if (n === 1) return null;
  return (
    <span class="wave-field-wait">
      <select
        class="select"
        aria-label={say('rollnew.pause', { n: number(n) })}
        value={wait.pauseS}
        onChange={(event) => onWait({ pauseS: Number(event.currentTarget.value) })}
      >
        {pauses.map((one) => (
          <option key={one} value={one}>
            {one === 0 ? say('rollnew.pauseNone') : say(`rollnew.pauseS.${one}`)}
          </option>
        ))}
      </select>
      <Tick
        label={say('rollnew.approval')}
        value={wait.approval}
        onValue={(approval) => onWait({ approval })}
      />
    </span>
  );
}
