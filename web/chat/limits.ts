/** Limits of the device that the page tells early. protocol/ says them too; importing it would bring the schema library along. */

export const maxMessageChars = 32_000;
export const maxDocumentBytes = 64 * 1024 * 1024;
