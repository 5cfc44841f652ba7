/** Labels being written: one at a time, as chips that can be taken away. */
import { useState } from 'preact/hooks';
import { Button, IconButton } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { say } from '../words/say.ts';
import { parseLabel } from './label-text.ts';

interface LabelEditorProps {
  labels: Readonly<Record<string, string>>;
  onLabels(labels: Record<string, string>): void;
  title?: string;
  hint?: string;
}

export function LabelEditor({ labels, onLabels, title, hint }: LabelEditorProps) {
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const add = () => {
    const label = parseLabel(text);
    setWrong(!label);
    if (!label) return;
    onLabels({ ...labels, [label.key]: label.value });
    setText('');
  };
  const remove = (key: string) =>
    onLabels(Object.fromEntries(Object.entries(labels).filter(([one]) => one !== key)));
  return (
    <div class="label-editor">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Enter in the field adds the label; the field itself is the control */}
      <div
        class="line line-end"
        onKeyDown={(press) => {
          if (press.key !== 'Enter' || press.isComposing) return;
          press.preventDefault();
          add();
        }}
      >
        <Field
          label={title ?? say('enrol.labels')}
          placeholder="branch=leeds"
          hint={hint ?? say('enrol.labelsHint')}
          wrong={isWrong ? say('enrol.labelWrong') : null}
          value={text}
          onValue={(value) => {
            setText(value);
            setWrong(false);
          }}
          maxLength={96}
        />
        <Button icon="plus" onClick={add} disabled={!text.trim()}>
          {say('act.add')}
        </Button>
      </div>
      {Object.keys(labels).length > 0 && (
        <ul class="chips">
          {Object.entries(labels).map(([key, value]) => (
            <li key={key} class="chip">
              <span class="chip-name">{`${key}=${value}`}</span>
              <IconButton
                icon="close"
                label={`${say('act.remove')}: ${key}=${value}`}
                onClick={() => remove(key)}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
