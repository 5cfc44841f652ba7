/** Driver for mammoth: Word as HTML, which already is headings, paragraphs and tables. */
import mammoth from 'mammoth';
import type { ParsedFile } from './block.ts';
import { parseHtml } from './html.ts';

export async function parseDocx(bytes: Buffer): Promise<ParsedFile> {
  const { value } = await mammoth.convertToHtml(
    { buffer: bytes },
    // Pictures are not read; without this each would become megabytes of base64.
    { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
  );
  return parseHtml(value);
}
