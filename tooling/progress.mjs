/** One line that says what is being prepared: rewritten on a terminal, begun and ended elsewhere. */

const quiet = { done() {}, fail() {} };

/**
 * @param mode `always`, or `terminal`: only where a person watches
 */
export function progress(text, mode = 'always', stream = process.stderr) {
  if (mode === 'terminal' && !stream.isTTY) return quiet;
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  if (!stream.isTTY) {
    stream.write(`${text} …\n`);
    return { done: () => stream.write(`${text}: done in ${seconds()}\n`), fail() {} };
  }
  const draw = () => stream.write(`\r\x1b[K${text} … ${seconds()}`);
  draw();
  const timer = setInterval(draw, 1000);
  const end = () => {
    clearInterval(timer);
    stream.write('\r\x1b[K');
  };
  return { done: end, fail: end };
}
