/** Who may sign in here, and as what. For admins. */
import type { OperatorRow, Role } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { Field, PasswordField } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { Sentence } from '../alerts/alert-row.tsx';
import { attempt } from '../parts/deed.ts';
import { Panel, Read } from '../parts/panel.tsx';
import { meet, operator } from '../person.ts';
import { shortPassword } from '../shell/enter.tsx';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { addOperator, changeOperator, readOperators, removeOperator } from '../wire.ts';
import { say } from '../words/say.ts';

type Row = z.infer<typeof OperatorRow>;
const roles = ['viewer', 'operator', 'admin'] as const satisfies Role[];
const never = () => false;

export function Operators() {
  const shown = useLive('operators', { read: readOperators, concerns: never });
  return (
    <>
      <PageHead title={say('operators.title')} />
      <div class="page-columns">
        <Panel title={say('operators.new')}>
          <NewOperator added={shown.again} />
        </Panel>
        <Panel title={say('operators.title')}>
          <p class="note">{say('operators.text')}</p>
          <Read shown={shown}>
            {(all) => (
              <ul class="rows">
                {all.map((row) => (
                  <OperatorLine key={row.name} row={row} changed={shown.again} />
                ))}
              </ul>
            )}
          </Read>
        </Panel>
      </div>
    </>
  );
}

function RoleSelect({ role, label, onRole }: { role: Role; label: string; onRole(role: Role): void }) {
  return (
    <select
      class="select"
      aria-label={label}
      value={role}
      onChange={(event) => {
        const chosen = roles.find((one) => one === event.currentTarget.value);
        if (chosen) onRole(chosen);
      }}
    >
      {roles.map((one) => (
        <option key={one} value={one}>
          {say(`role.${one}`)}
        </option>
      ))}
    </select>
  );
}

function NewOperator({ added }: { added(): Promise<void> }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [isTried, setTried] = useState(false);
  const attempted = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || shortPassword(password)) return;
    void attempted.run(async () => {
      await addOperator({ name: name.trim(), role, password });
      showToast(say('operators.created', { name: name.trim() }));
      setName('');
      setPassword('');
      setTried(false);
      await added();
    });
  };
  return (
    <form class="stack" onSubmit={submit} noValidate autocomplete="off">
      <Field
        label={say('door.name')}
        value={name}
        onValue={setName}
        wrong={isTried && !name.trim() ? say('door.required') : null}
        maxLength={64}
      />
      <PasswordField
        label={say('door.password')}
        hint={say('door.passwordHint')}
        value={password}
        onValue={setPassword}
        wrong={isTried ? shortPassword(password) : null}
        fresh
      />
      <div class="field">
        <span class="field-label" aria-hidden="true">
          {say('operators.role')}
        </span>
        <RoleSelect role={role} label={say('operators.role')} onRole={setRole} />
        <p class="note">{say(`role.${role}.text`)}</p>
      </div>
      {attempted.problem && <ProblemLine problem={attempted.problem} />}
      <div>
        <Button kind="main" type="submit" icon="plus" busy={attempted.busy}>
          {say('operators.create')}
        </Button>
      </div>
    </form>
  );
}

function OperatorLine({ row, changed }: { row: Row; changed(): Promise<void> }) {
  const [asked, setAsked] = useState<'remove' | 'password' | null>(null);
  const isOwn = row.name === operator.value?.name;
  const close = () => setAsked(null);
  const turn = async (role: Role) => {
    try {
      await changeOperator(row.name, { role });
    } finally {
      await changed();
    }
    if (isOwn) await meet();
  };
  const remove = async () => {
    await removeOperator(row.name);
    await changed();
  };
  return (
    <li class="row">
      <Icon name="person" />
      <div class="row-words">
        <p class="row-title">
          {row.name} {isOwn && <span class="tag">{say('operators.you')}</span>}
        </p>
        <p class="row-note">
          <span>
            {row.lastSeenAt === null ? (
              say('time.never')
            ) : (
              <Sentence words={say('operators.seen')} at={row.lastSeenAt} />
            )}
          </span>
        </p>
      </div>
      <RoleSelect
        role={row.role}
        label={say('operators.roleOf', { name: row.name })}
        onRole={(role) => attempt(() => turn(role))}
      />
      <Menu
        label={say('operators.menu', { name: row.name })}
        items={[
          { words: say('operators.password'), icon: 'key', act: () => setAsked('password') },
          ...(isOwn
            ? []
            : [
                {
                  words: say('operators.remove'),
                  icon: 'trash' as const,
                  danger: true,
                  act: () => setAsked('remove'),
                },
              ]),
        ]}
      />
      {asked === 'remove' && (
        <Confirm
          title={say('operators.removeTitle', { name: row.name })}
          text={say('operators.removeText')}
          confirm={say('act.remove')}
          onConfirm={() => attempt(remove)}
          onClose={close}
        />
      )}
      {asked === 'password' && <NewPassword name={row.name} onClose={close} />}
    </li>
  );
}

function NewPassword({ name, onClose }: { name: string; onClose(): void }) {
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const attempted = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (shortPassword(password)) return;
    const deed = async () => {
      await changeOperator(name, { password });
      showToast(say('operators.passwordSet', { name }));
    };
    void attempted.run(deed).then((isDone) => isDone && onClose());
  };
  return (
    <Dialog title={say('operators.passwordTitle', { name })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <PasswordField
          label={say('door.password')}
          hint={say('door.passwordHint')}
          value={password}
          onValue={setPassword}
          wrong={isTried ? shortPassword(password) : null}
          fresh
        />
        {attempted.problem && <ProblemLine problem={attempted.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind="main" type="submit" busy={attempted.busy}>
            {say('operators.passwordSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
