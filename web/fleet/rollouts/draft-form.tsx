/** The fields of a rollout: what, to whom, when it goes on, when it halts. */
import type { ReleaseList } from '@rockpool/protocol/update/rollout';
import { useId } from 'preact/hooks';
import { Field, Tick } from '../../parts/field.tsx';
import { LabelEditor } from '../parts/label-editor.tsx';
import { say } from '../words/say.ts';
import { type Draft, silences, type Wrongs } from './draft.ts';
import { releaseWords } from './release-name.tsx';
import { WavesForm } from './waves-form.tsx';

interface DraftFormProps {
  draft: Draft;
  onDraft(draft: Draft): void;
  releases: ReleaseList['releases'];
  /** Null before the first try. */
  wrongs: Wrongs | null;
}

export function DraftForm({ draft, onDraft, releases, wrongs }: DraftFormProps) {
  const change = (part: Partial<Draft>) => onDraft({ ...draft, ...part });
  return (
    <>
      <ReleaseChoice draft={draft} onDraft={onDraft} releases={releases} />
      <LabelEditor
        labels={draft.labels}
        onLabels={(labels) => change({ labels })}
        title={say('rollnew.labels')}
        hint={say('rollnew.labelsHint')}
      />
      <WavesForm draft={draft} onDraft={onDraft} wrongs={wrongs?.waves ?? null} />
      <Limits draft={draft} change={change} wrongs={wrongs} />
      <details class="form-more" open={wrongs?.perMinute === true || undefined}>
        <summary>{say('rollnew.more')}</summary>
        <div class="stack">
          <Field
            label={say('rollnew.perMinute')}
            wrong={wrongs?.perMinute ? say('rollnew.wrong.rate') : null}
            value={draft.perMinute}
            onValue={(perMinute) => change({ perMinute })}
            maxLength={6}
          />
          <Silence silentS={draft.silentS} onSilent={(silentS) => change({ silentS })} />
          <Tick label={say('rollnew.now')} value={draft.now} onValue={(now) => change({ now })} />
          <Field
            label={say('rollnew.note')}
            hint={say('rollnew.noteHint')}
            value={draft.note}
            onValue={(note) => change({ note })}
            maxLength={400}
          />
        </div>
      </details>
    </>
  );
}

function ReleaseChoice({ draft, onDraft, releases }: Omit<DraftFormProps, 'wrongs'>) {
  const id = useId();
  const chosen = releases.find(({ path }) => path === draft.release);
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {say('rollnew.release')}
      </label>
      <select
        id={id}
        class="select select-wide"
        value={draft.release}
        aria-describedby={chosen?.notes ? `${id}-note` : undefined}
        onChange={(event) => onDraft({ ...draft, release: event.currentTarget.value })}
      >
        {releases.map(({ path, kind }) => (
          <option key={path} value={path}>
            {`${releaseWords(path)} · ${say(`releases.kind.${kind}`)}`}
          </option>
        ))}
      </select>
      {chosen?.notes && (
        <p class="note" id={`${id}-note`}>
          {chosen.notes}
        </p>
      )}
    </div>
  );
}

interface LimitsProps {
  draft: Draft;
  change(part: Partial<Draft>): void;
  wrongs: Wrongs | null;
}

function Limits({ draft: { success, abort }, change, wrongs }: LimitsProps) {
  return (
    <fieldset class="form-part">
      <legend class="field-label">{say('rollnew.limits')}</legend>
      <div class="form-pair">
        <Field
          label={say('rollnew.success')}
          wrong={wrongs?.success ? say('rollnew.wrong.share') : null}
          value={success.percent}
          onValue={(percent) => change({ success: { ...success, percent } })}
          maxLength={5}
        />
        <Field
          label={say('rollnew.successSample')}
          wrong={wrongs?.successSample ? say('rollnew.wrong.sample') : null}
          value={success.sample}
          onValue={(sample) => change({ success: { ...success, sample } })}
          maxLength={7}
        />
        <Field
          label={say('rollnew.abort')}
          wrong={wrongs?.abort ? say('rollnew.wrong.share') : null}
          value={abort.percent}
          onValue={(percent) => change({ abort: { ...abort, percent } })}
          maxLength={5}
        />
        <Field
          label={say('rollnew.abortSample')}
          wrong={wrongs?.abortSample ? say('rollnew.wrong.sample') : null}
          value={abort.sample}
          onValue={(sample) => change({ abort: { ...abort, sample } })}
          maxLength={7}
        />
      </div>
      <Tick
        label={say('rollnew.rollBack')}
        value={abort.rollBack}
        onValue={(rollBack) => change({ abort: { ...abort, rollBack } })}
      />
    </fieldset>
  );
}

function Silence({ silentS, onSilent }: { silentS: number; onSilent(silentS: number): void }) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {say('rollnew.silent')}
      </label>
      <select
        id={id}
        class="select select-wide"
        value={silentS}
        onChange={(event) => onSilent(Number(event.currentTarget.value))}
      >
        {silences.map((one) => (
          <option key={one} value={one}>
            {say(`rollnew.silentS.${one}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
