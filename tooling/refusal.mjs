/** What can't be prepared, in one sentence that says what to do; `lines` are another program's own last words. */
export class CannotPrepare extends Error {
  name = 'CannotPrepare';

  constructor(message, lines = []) {
    super(message);
    this.lines = lines;
  }

  toString() {
    return [this.message, ...this.lines.map((line) => `  ${line}`)].join('\n');
  }
}
