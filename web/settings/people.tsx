/** Everyone on this device, and the links that bring someone in. For admins. */
import type { Invite, NewInvite, Person, Role } from '@rockpool/protocol/people';
import { useState } from 'preact/hooks';
import { day, dayAndTime } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Choice } from '../parts/field.tsx';
import { Menu } from '../parts/menu.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { isAdmin, me, meetDevice } from '../shell/person.ts';
import {
  changeRole,
  createInvite,
  listInvites,
  listPeople,
  removePerson,
  resetPerson,
  revokeInvite,
} from '../wire/people.ts';
import { Card, Nothing, Row, Rows } from './card.tsx';
import { attempt, useLoaded } from './loaded.ts';

export function People() {
  return isAdmin.value ? <Everyone /> : <Nothing icon="people" words={t('people.adminOnly')} />;
}

function Everyone() {
  const people = useLoaded(listPeople);
  const invites = useLoaded(listInvites);
  const [link, setLink] = useState<NewInvite | null>(null);
  const [role, setRole] = useState<Role>('member');
  const invite = async () => {
    setLink(await createInvite(role));
    await invites.again();
  };
  return (
    <>
      <p class="lead">{t('people.text')}</p>
      <Card>
        <Rows
          loaded={people}
          icon="people"
          none=""
          row={(person) => (
            <PersonRow key={person.id} person={person} changed={people.again} showLink={setLink} />
          )}
        />
      </Card>
      <Card title={t('people.invite')}>
        <div class="line">
          <Choice<Role>
            label={t('people.inviteAs')}
            quietLabel
            value={role}
            options={[
              ['member', t('role.member')],
              ['admin', t('role.admin')],
            ]}
            onValue={(chosen) => setRole(chosen)}
          />
          <Button kind="main" icon="plus" onClick={() => attempt(invite)}>
            {t('people.invite')}
          </Button>
        </div>
        {invites.problem && <ProblemLine problem={invites.problem} retry={() => void invites.again()} />}
        {invites.value && invites.value.length > 0 && (
          <OpenLinks invites={invites.value} again={invites.again} />
        )}
      </Card>
      {link && <Link link={link} onClose={() => setLink(null)} />}
    </>
  );
}

interface PersonRowProps {
  person: Person;
  changed(): Promise<void>;
  showLink(link: NewInvite): void;
}

function PersonRow({ person, changed, showLink }: PersonRowProps) {
  const [removing, setRemoving] = useState(false);
  const own = person.id === me.value?.id;
  const admin = person.role === 'admin';
  const turn = async () => {
    await changeRole(person.id, admin ? 'member' : 'admin');
    await Promise.all([changed(), own ? meetDevice() : undefined]);
  };
  const remove = async () => {
    await removePerson(person.id);
    await changed();
  };
  return (
    <Row
      icon="person"
      title={
        <>
          {person.name} {own && <span class="tag">{t('people.you')}</span>}
          {admin && <span class="tag tag-tide">{t('role.admin')}</span>}
        </>
      }
      note={t('account.since', { when: day(person.createdAt) })}
    >
      <Menu
        label={t('people.menu', { name: person.name })}
        items={[
          {
            words: t(admin ? 'people.makeMember' : 'people.makeAdmin'),
            icon: 'shield',
            act: () => attempt(turn),
          },
          {
            words: t('people.reset'),
            icon: 'key',
            act: () => attempt(async () => showLink(await resetPerson(person.id))),
          },
          ...(own
            ? []
            : [
                {
                  words: t('people.remove'),
                  icon: 'trash' as const,
                  danger: true,
                  act: () => setRemoving(true),
                },
              ]),
        ]}
      />
      {removing && (
        <Confirm
          title={t('people.removeTitle', { name: person.name })}
          text={t('people.removeText')}
          confirm={t('act.remove')}
          onConfirm={() => attempt(remove)}
          onClose={() => setRemoving(false)}
        />
      )}
    </Row>
  );
}

function OpenLinks({ invites, again }: { invites: readonly Invite[]; again(): Promise<void> }) {
  const revoke = async (id: number) => {
    await revokeInvite(id);
    await again();
  };
  return (
    <>
      <h4 class="card-sub">{t('people.open')}</h4>
      <ul class="rows">
        {invites.map((invite) => (
          <Row
            key={invite.id}
            title={
              invite.kind === 'reset'
                ? t('people.resetFor', { name: invite.name ?? '' })
                : t('people.inviteFor', { role: t(`role.${invite.role}`) })
            }
            note={t('people.until', { when: dayAndTime(invite.expiresAt) })}
          >
            <Button kind="plain" onClick={() => attempt(() => revoke(invite.id))}>
              {t('people.revoke')}
            </Button>
          </Row>
        ))}
      </ul>
    </>
  );
}

function Link({ link, onClose }: { link: NewInvite; onClose(): void }) {
  const address = location.origin + link.path;
  const title =
    link.kind === 'reset' ? t('people.resetTitle', { name: link.name ?? '' }) : t('people.linkTitle');
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="dialog-text">{t('people.linkText', { when: dayAndTime(link.expiresAt) })}</p>
      <code class="secret">{address}</code>
      <div class="dialog-acts">
        <CopyButton wide text={address} label={t('people.copyLink')} />
        <Button kind="main" onClick={onClose}>
          {t('act.done')}
        </Button>
      </div>
    </Dialog>
  );
}
