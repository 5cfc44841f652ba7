/** Which model a device starts with: the one that an update committed, where it is there and whole; else the one that comes with Rockpool. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWeights, UnfitWeights } from '@rockpool/models/weights.ts';
import { InstalledModel } from '@rockpool/protocol/update/agent-socket';
import type { ChatChoice } from './plan.ts';

export type InstalledFound =
  | { is: 'none' }
  | { is: 'whole'; choice: ChatChoice }
  /** One clause says why. */
  | { is: 'damaged'; why: string };

/** @param folder of the updater; only whole heads and lengths are asked for here, the hash is demanded when it is loaded */
export function findInstalled(folder: string): InstalledFound {
  const file = join(folder, 'model.json');
  try {
    if (!existsSync(file)) return { is: 'none' };
    const { name, sha256, adapter } = InstalledModel.parse(JSON.parse(readFileSync(file, 'utf8')));
    const stored = (hash: string): string => join(folder, 'store', hash);
    describeWeights(stored(sha256));
    if (adapter) describeWeights(stored(adapter.sha256));
    const choice = { chatModel: stored(sha256), id: name, sha256 };
    if (!adapter) return { is: 'whole', choice };
    return {
      is: 'whole',
      choice: { ...choice, adapter: { file: stored(adapter.sha256), sha256: adapter.sha256 } },
    };
  } catch (error) {
    if (error instanceof UnfitWeights) return { is: 'damaged', why: error.message };
    return { is: 'damaged', why: `${file} can not be read` };
  }
}

export interface StartingWith {
  /** What serves as long as nothing was installed. */
  chatModel: string;
  /** False: somebody named the file, and that counts. */
  builtIn: boolean;
  updateFolder: string;
}

export function startingChoice(
  { chatModel, builtIn, updateFolder }: StartingWith,
  tell: (why: string) => void,
): ChatChoice {
  const otherwise = { chatModel, builtIn };
  if (!builtIn) return otherwise;
  const found = findInstalled(updateFolder);
  if (found.is === 'damaged') tell(found.why);
  return found.is === 'whole' ? found.choice : otherwise;
}
