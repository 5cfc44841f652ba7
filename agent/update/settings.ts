/** A fleet's settings for updates, as the agent writes them down for the updater. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateSettings } from '@rockpool/protocol/update/order';

/** In a folder of its own: on an appliance the agent may write there, and not beside what the updater keeps. */
export const settingsFile = (folder: string): string => join(folder, 'settings', 'settings.json');

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
