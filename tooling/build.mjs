/** `npm run build`: the page, into web/dist; nothing happens when it is built from these very sources. */
import { CannotPrepare, install, web } from './prepare.mjs';

try {
  await install();
  await web();
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}
