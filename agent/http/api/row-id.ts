/** The number of a row, as it stands in an address. */
import { z } from 'zod';

export const rowId = z.coerce.number<string>().int().min(1);
