/** Who may see which documents: a person's own, those of the person's groups, and those of the office. */
import type { Group, GroupRef } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';

/** A word of the index, and a namespace of the vectors, as `document.visible` spells it. */
export const ownedBy = (personId: number): string => `p${personId}`;
export const office = 'office';
const ofGroup = (groupId: number): string => `g${groupId}`;

const fold = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC');

export type Access = ReturnType<typeof openAccess>;

export function openAccess(db: Database) {
  const groupsOf = db
    .prepare<[number], number>('SELECT group_id FROM group_member WHERE person = ? ORDER BY group_id')
    .pluck();
  const isIn = db.prepare<[number, number], unknown>(
    'SELECT 1 FROM group_member WHERE group_id = ? AND person = ?',
  );
  const all = db.prepare<[], GroupRef>('SELECT id, name FROM people_group ORDER BY folded');
  const byId = db.prepare<[number], GroupRef>('SELECT id, name FROM people_group WHERE id = ?');
  const byFolded = db.prepare<[string], { id: number }>('SELECT id FROM people_group WHERE folded = ?');
  const membersOf = db
    .prepare<[number], number>('SELECT person FROM group_member WHERE group_id = ? ORDER BY person')
    .pluck();
  const insert = db.prepare<[string, string]>('INSERT INTO people_group (name, folded) VALUES (?, ?)');
  const rename = db.prepare<[string, string, number]>(
    'UPDATE people_group SET name = ?, folded = ? WHERE id = ?',
  );
  const empty = db.prepare<[number]>('DELETE FROM group_member WHERE group_id = ?');
  const enter = db.prepare<[number, number]>('INSERT OR IGNORE INTO group_member VALUES (?, ?)');
  const leave = db.prepare<[number]>('DELETE FROM group_member WHERE person = ?');
  const disown = db.prepare<[number]>("UPDATE document SET owner = 0 WHERE owner = ? AND scope = 'group'");
  const folderOf = db
    .prepare<[number], string>('SELECT path FROM folder WHERE group_id = ? AND leaving = 0 LIMIT 1')
    .pluck();
  const ownerless = db
    .prepare<[number], number>(
      'SELECT count(*) FROM document WHERE group_id = ? AND owner = 0 AND leaving = 0',
    )
    .pluck();
  const giveBack = db.prepare<[number]>(
    "UPDATE document SET scope = 'mine', group_id = NULL, refiling = 1 WHERE group_id = ?",
  );
  const letGo = db.prepare<[number]>(
    "UPDATE folder SET scope = 'office', group_id = NULL WHERE group_id = ? AND leaving = 1",
  );
  const remove = db.prepare<[number]>('DELETE FROM people_group WHERE id = ?');

  const withMembers = (group: GroupRef): Group => ({ ...group, members: membersOf.all(group.id) });
  const mustBe = (id: number): GroupRef => {
    const group = byId.get(id);
    if (!group) throw new Refusal('not-found', 'There is no such group (any more).');
    return group;
  };
  const demandFree = (name: string, id?: number): void => {
    const taken = byFolded.get(fold(name));
    if (taken && taken.id !== id)
      throw new Refusal('conflict', 'There is a group of that name already; choose another name.');
  };
  const fill = (id: number, members: readonly number[]): void => {
    empty.run(id);
    for (const person of members) enter.run(id, person);
  };

  return {
    /** Everything that the person may see is filed under one of these. */
    spacesOf: (personId: number): string[] => [
      ownedBy(personId),
      office,
      ...groupsOf.all(personId).map(ofGroup),
    ],

    groupsOf: (personId: number): number[] => groupsOf.all(personId),
    isMember: (personId: number, groupId: number): boolean => isIn.get(groupId, personId) !== undefined,

    group: mustBe,

    /** Those that a person is in; all of them without one. */
    listGroups(personId?: number): Group[] {
      const groups = personId === undefined ? all.all() : groupsOf.all(personId).map(mustBe);
      return groups.map(withMembers);
    },

    addGroup: db.transaction((name: string, members: readonly number[]): Group => {
      demandFree(name);
      const id = Number(insert.run(name, fold(name)).lastInsertRowid);
      fill(id, members);
      return withMembers({ id, name });
    }).immediate,

    /** Whoever is no longer in it sees its documents no longer, from the next question on. */
    changeGroup: db.transaction(
      (id: number, { name, members }: { name?: string; members?: readonly number[] }): Group => {
        const before = mustBe(id);
        if (name !== undefined) {
          demandFree(name, id);
          rename.run(name, fold(name), id);
        }
        if (members) fill(id, members);
        return withMembers({ id, name: name ?? before.name });
      },
    ).immediate,

    /** Its documents go back to those who added them. @throws Refusal `conflict` while a folder is for it */
    removeGroup: db.transaction((id: number): void => {
      mustBe(id);
      const folder = folderOf.get(id);
      if (folder !== undefined)
        throw new Refusal('conflict', `The folder ${folder} is shared with this group; change that first.`);
      if ((ownerless.get(id) ?? 0) > 0)
        throw new Refusal(
          'conflict',
          'It has documents of people who are gone; join the group, and share or delete those first.',
        );
      letGo.run(id);
      giveBack.run(id);
      remove.run(id);
    }).immediate,

    /** A removed person is in no group; what was shared there stays there. */
    leaveGroups: db.transaction((personId: number): void => {
      leave.run(personId);
      disown.run(personId);
    }).immediate,
  };
}
