/** Driver for qr: text to a QR code's modules. */
import encodeQr from 'qr';

export const encode = (text: string): boolean[][] => encodeQr(text, 'raw', { ecc: 'medium' });
