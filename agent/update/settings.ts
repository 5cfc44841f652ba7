/** A fleet's settings for updates, as the agent writes them down for the updater. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateSettings } from '@rockpool/protocol/update/order';

export const settingsFile = (folder: string): string => join(folder, 'settings.json');

/**
 * None, before a controller declared any.
 * @throws Error when they are damaged
 */
export function readSettings(folder: string): UpdateSettings {
  try {
    return UpdateSettings.parse(JSON.parse(readFileSync(settingsFile(folder), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
