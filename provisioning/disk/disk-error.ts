/** What can go wrong with the disk, by a closed code, and in one sentence that says what to do. */

export type DiskErrorCode =
  | 'not-luks' // nothing there that could be opened
  | 'wrong-key'
  | 'header-damaged'
  | 'busy' // open, mounted, or held by another program
  | 'device-missing'
  | 'out-of-memory' // argon2id wants what the board has no more
  | 'last-way-in' // the deed would leave nobody who can open it
  | 'not-sealed' // the TPM, or the trusted application, did not give or take the key
  | 'not-as-asked' // the program said yes, and the disk shows something else
  | 'escrow-broken'
  | 'failed';

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
