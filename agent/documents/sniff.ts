/** What kind of document some bytes are. The name is believed only between kinds of text, where bytes can't tell. */
import { extname } from 'node:path';
import type { Document } from '@rockpool/protocol/documents';
import { fileTypeFromBuffer } from 'file-type';
import { type Archive, openArchive } from './parse/archive.ts';
import { delimiterOf } from './parse/csv.ts';
import {
  empty,
  archive as isArchive,
  locked,
  noDocument,
  otherFormat,
  picture,
  recording,
  withoutText,
} from './parse/problem.ts';
import { decodeText } from './parse/text.ts';

type Kind = NonNullable<Document['kind']>;

export type Sniffed =
  | { kind: 'pdf' }
  | { kind: Extract<Kind, 'docx' | 'xlsx' | 'pptx'>; archive: Archive }
  | { kind: Extract<Kind, 'html' | 'markdown' | 'csv' | 'text'>; source: string };

const readable = 'PDF, Word, Excel, PowerPoint, HTML, Markdown, CSV or text';

/** @throws Refusal with one sentence that says what to do, when it is nothing that can be read */
export async function sniff(bytes: Buffer, name: string): Promise<Sniffed> {
  if (bytes.length === 0) throw empty();
  // The mark may stand behind a few stray bytes; every reader of PDF allows that.
  if (bytes.subarray(0, 1_024).includes('%PDF-')) return { kind: 'pdf' };
  if (startsWith(bytes, 'PK\x03\x04') || startsWith(bytes, 'PK\x05\x06')) return await sniffArchive(bytes);
  if (startsWith(bytes, '\xd0\xcf\x11\xe0')) throw oldOffice(bytes);
  if (startsWith(bytes, '{\\rtf')) throw otherFormat('This is a rich text file (RTF)', 'DOCX or PDF');
  const source = decodeText(bytes);
  if (source !== undefined) return sniffText(source, name);
  throw foreign((await fileTypeFromBuffer(bytes))?.mime);
}

const startsWith = (bytes: Buffer, mark: string): boolean =>
  bytes.subarray(0, mark.length).equals(Buffer.from(mark, 'latin1'));

async function sniffArchive(bytes: Buffer): Promise<Sniffed> {
  const archive = await openArchive(bytes);
  if (archive.names.has('word/document.xml')) return { kind: 'docx', archive };
  if (archive.names.has('xl/workbook.xml')) return { kind: 'xlsx', archive };
  if (archive.names.has('ppt/presentation.xml')) return { kind: 'pptx', archive };
  const type = (await archive.read('mimetype'))?.subarray(0, 100).toString('latin1') ?? '';
  if (type.startsWith('application/vnd.oasis.opendocument'))
    throw otherFormat('This is an OpenDocument file', 'DOCX, XLSX, PPTX or PDF');
  if (type.startsWith('application/epub')) throw otherFormat('This is an e-book (EPUB)', 'PDF or HTML');
  if (archive.names.has('xl/workbook.bin')) throw otherFormat('This is a binary Excel file (XLSB)', 'XLSX');
  throw isArchive();
}

/** Office before 2007, and newer files under a password, share a container; its directory is in UTF-16. */
function oldOffice(bytes: Buffer) {
  const holds = (stream: string): boolean => bytes.includes(Buffer.from(stream, 'utf16le'));
  if (holds('EncryptedPackage')) return locked();
  if (holds('WordDocument')) return otherFormat('This is an old Word file (.doc)', 'DOCX');
  if (holds('Workbook') || holds('Book')) return otherFormat('This is an old Excel file (.xls)', 'XLSX');
  if (holds('PowerPoint Document')) return otherFormat('This is an old PowerPoint file (.ppt)', 'PPTX');
  return otherFormat('This is an old Office file', 'DOCX, XLSX, PPTX or PDF');
}

function foreign(mime = '') {
  if (mime.startsWith('image/')) return picture();
  if (mime.startsWith('audio/') || mime.startsWith('video/')) return recording();
  return /zip|compress|tar|rar|7z/.test(mime) ? isArchive() : noDocument(readable);
}

function sniffText(source: string, name: string): Sniffed {
  if (source.trim() === '') throw withoutText();
  return { kind: textKind(source, extname(name).toLowerCase()), source };
}

function textKind(source: string, extension: string): 'html' | 'markdown' | 'csv' | 'text' {
  const start = source.slice(0, 1_024).trimStart();
  if (
    /^<(?:!doctype\s+html|html|head|body)[\s>]/i.test(
      start.replace(/^(?:<\?xml[^>]*>|<!--[\s\S]*?-->|\s)+/i, ''),
    )
  )
    return 'html';
  if (/^\.x?html?$/.test(extension) && start.startsWith('<')) return 'html';
  if (/^\.(?:md|markdown|mdown|mkd)$/.test(extension)) return 'markdown';
  if (/^\.(?:csv|tsv|tab)$/.test(extension)) return 'csv';
  if (extension === '.txt' || extension === '.log') return 'text';
  if (/^#{1,6} \S/m.test(source.slice(0, 20_000)) && !start.startsWith('#!')) return 'markdown';
  return delimiterOf(source) === undefined ? 'text' : 'csv';
}
