/** What a backup that can't be believed is refused with. */

/** The file is no whole backup; the message says which way, in one sentence. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}
