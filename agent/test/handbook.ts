/** The handbook of a small office, three pages of PDF. */
import { PDFDocument, StandardFonts } from 'pdf-lib';

export async function handbook(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const line of [
    'Welcome to the Leeds branch. The office opens at eight in the morning.',
    'Visitors park behind the bakery. Bicycles stand in the courtyard.',
    'The first aid box hangs in the kitchen beside the fridge.',
  ]) {
    document.addPage().drawText(line, { x: 50, y: 700, size: 11, font });
  }
  return await document.save();
}
