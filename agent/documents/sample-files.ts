/** Files for tests, made from nothing: whole, empty, damaged, locked and hostile ones. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  content: string | Buffer;
  /** What the directory says it unpacks to, when that is a lie. */
  declaredBytes?: number;
  encrypted?: boolean;
}

export function zip(entries: Readonly<Record<string, string | Buffer | ZipEntry>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, value] of Object.entries(entries)) {
    const entry: ZipEntry = typeof value === 'object' && 'content' in value ? value : { content: value };
    const content = Buffer.from(entry.content as string);
    const packed = deflateRawSync(content);
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.encrypted ? 1 : 0, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(entry.declaredBytes ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}

const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`;
const office = 'http://schemas.openxmlformats.org';
const links = (...targets: [id: string, type: string, target: string][]): string =>
  xml(
    `<Relationships xmlns="${office}/package/2006/relationships">${targets
      .map(
        ([id, type, target]) =>
          `<Relationship Id="${id}" Type="${office}/officeDocument/2006/relationships/${type}" Target="${target}"/>`,
      )
      .join('')}</Relationships>`,
  );
const types = (...overrides: [part: string, type: string][]): string =>
  xml(
    `<Types xmlns="${office}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides
      .map(
        ([part, type]) =>
          `<Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`,
      )
      .join('')}</Types>`,
  );

/** `body` is WordprocessingML; see `wordParagraph`. */
export const docx = (body: string, more: Readonly<Record<string, string | Buffer | ZipEntry>> = {}): Buffer =>
  zip({
    '[Content_Types].xml': types(
      ['/word/document.xml', 'wordprocessingml.document.main'],
      ['/word/styles.xml', 'wordprocessingml.styles'],
    ),
    '_rels/.rels': links(['rId1', 'officeDocument', 'word/document.xml']),
    'word/_rels/document.xml.rels': links(['rId1', 'styles', 'styles.xml']),
    'word/styles.xml': xml(
      `<w:styles xmlns:w="${office}/wordprocessingml/2006/main">${[1, 2]
        .map(
          (n) =>
            `<w:style w:type="paragraph" w:styleId="Heading${n}"><w:name w:val="heading ${n}"/></w:style>`,
        )
        .join('')}</w:styles>`,
    ),
    'word/document.xml': xml(
      `<w:document xmlns:w="${office}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    ),
    ...more,
  });

export const wordParagraph = (text: string, heading?: 1 | 2): string =>
  `<w:p>${heading ? `<w:pPr><w:pStyle w:val="Heading${heading}"/></w:pPr>` : ''}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

export const wordTable = (rows: readonly (readonly string[])[]): string =>
  `<w:tbl>${rows.map((row) => `<w:tr>${row.map((cell) => `<w:tc>${wordParagraph(cell)}</w:tc>`).join('')}</w:tr>`).join('')}</w:tbl>`;

/** `sheets`: name → cells by address, numbers as numbers. */
export const xlsx = (sheets: Readonly<Record<string, Readonly<Record<string, string | number>>>>): Buffer => {
  const names = Object.keys(sheets);
  const cell = (address: string, value: string | number): string => {
    const row = address.replace(/\D/g, '');
    const inner =
      typeof value === 'number'
        ? `<c r="${address}"><v>${value}</v></c>`
        : `<c r="${address}" t="inlineStr"><is><t>${value}</t></is></c>`;
    return `<row r="${row}">${inner}</row>`;
  };
  const rowsOf = (cells: Readonly<Record<string, string | number>>): string => {
    const rows = new Map<string, string>();
    for (const [address, value] of Object.entries(cells)) {
      const row = address.replace(/\D/g, '');
      const inner = cell(address, value).replace(/^<row[^>]*>|<\/row>$/g, '');
      rows.set(row, (rows.get(row) ?? '') + inner);
    }
    return [...rows].map(([row, inner]) => `<row r="${row}">${inner}</row>`).join('');
  };
  return zip({
    '[Content_Types].xml': types(
      ['/xl/workbook.xml', 'spreadsheetml.sheet.main'],
      ...names.map((_, i): [string, string] => [
        `/xl/worksheets/sheet${i + 1}.xml`,
        'spreadsheetml.worksheet',
      ]),
    ),
    '_rels/.rels': links(['rId1', 'officeDocument', 'xl/workbook.xml']),
    'xl/_rels/workbook.xml.rels': links(
      ...names.map((_, i): [string, string, string] => [
        `rId${i + 1}`,
        'worksheet',
        `worksheets/sheet${i + 1}.xml`,
      ]),
    ),
    'xl/workbook.xml': xml(
      `<workbook xmlns="${office}/spreadsheetml/2006/main" xmlns:r="${office}/officeDocument/2006/relationships"><sheets>${names
        .map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
        .join('')}</sheets></workbook>`,
    ),
    ...Object.fromEntries(
      names.map((name, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        xml(
          `<worksheet xmlns="${office}/spreadsheetml/2006/main"><sheetData>${rowsOf(sheets[name] ?? {})}</sheetData></worksheet>`,
        ),
      ]),
    ),
  });
};

export interface Slide {
  title: string;
  body: readonly string[];
  notes?: string;
}

/** The slides' files are numbered backwards, as after moving them about: the presentation alone knows the order. */
export const pptx = (slides: readonly Slide[]): Buffer => {
  const drawing = `xmlns:a="${office}/drawingml/2006/main" xmlns:p="${office}/presentationml/2006/main" xmlns:r="${office}/officeDocument/2006/relationships"`;
  const shape = (type: string, texts: readonly string[]): string =>
    `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${type}"/></p:nvPr></p:nvSpPr><p:txBody>${texts
      .map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`)
      .join('')}</p:txBody></p:sp>`;
  const file = (i: number): number => slides.length - i;
  return zip({
    '[Content_Types].xml': types(['/ppt/presentation.xml', 'presentationml.presentation.main']),
    '_rels/.rels': links(['rId1', 'officeDocument', 'ppt/presentation.xml']),
    'ppt/presentation.xml': xml(
      `<p:presentation ${drawing}><p:sldIdLst>${slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    ),
    'ppt/_rels/presentation.xml.rels': links(
      ...slides.map((_, i): [string, string, string] => [`rId${i}`, 'slide', `slides/slide${file(i)}.xml`]),
    ),
    ...Object.fromEntries(
      slides.flatMap(({ title, body, notes }, i) => [
        [
          `ppt/slides/slide${file(i)}.xml`,
          xml(
            `<p:sld ${drawing}><p:cSld><p:spTree>${shape('title', [title])}${shape('body', body)}${shape('sldNum', [String(i + 1)])}</p:spTree></p:cSld></p:sld>`,
          ),
        ],
        ...(notes === undefined
          ? []
          : [
              [
                `ppt/slides/_rels/slide${file(i)}.xml.rels`,
                links(['rId1', 'notesSlide', `../notesSlides/notes${i}.xml`]),
              ],
              [
                `ppt/notesSlides/notes${i}.xml`,
                xml(`<p:notes ${drawing}>${shape('body', [notes])}</p:notes>`),
              ],
            ]),
      ]),
    ),
  });
};

/** A PDF of bare objects; the first is the catalogue. `trailer` goes into the trailer dictionary. */
export function rawPdf(objects: readonly string[], trailer = ''): Buffer {
  let out = '%PDF-1.7\n';
  const offsets: number[] = [];
  for (const [i, object] of objects.entries()) {
    offsets.push(out.length);
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
  }
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) out += `${String(offset).padStart(10, '0')} 00000 n \n`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

export const emptyPagesPdf = (pages: number, trailer = ''): Buffer =>
  rawPdf(
    [
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, i) => `${i + 3} 0 R`).join(' ')}] >>`,
      ...Array.from({ length: pages }, () => '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>'),
    ],
    trailer,
  );

/** Asks for a password that nobody knows. */
export const lockedPdf = (): Buffer => {
  const noise = (byte: string): string => `<${byte.repeat(32)}>`;
  return emptyPagesPdf(
    1,
    `/ID [${noise('ab')} ${noise('ab')}] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O ${noise('1c')} /U ${noise('2d')} >>`,
  );
};

/** Lines of text under one another, through a font that only its ToUnicode table explains, as Chinese PDFs have them. */
export function unicodePdf(lines: readonly string[]): Buffer {
  const hex = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('hex');
  const stream = (content: string): string =>
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`;
  const toUnicode = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end end`;
  return rawPdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    stream(`BT /F 12 Tf 14 TL 50 700 Td ${lines.map((line) => `<${hex(line)}> Tj T*`).join(' ')} ET`),
    '<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 8 0 R >>',
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 7 0 R /DW 1000 >>',
    '<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
    stream(toUnicode),
  ]);
}

/** The container of old Office files, holding a stream of this name. */
export const oldOffice = (stream: string): Buffer =>
  Buffer.concat([
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    Buffer.alloc(1_024),
    Buffer.from(stream, 'utf16le'),
    Buffer.alloc(1_024),
  ]);
