/** One tool and one form of answer for all clients: the weather in Ulm. */
import { z } from 'zod';

export const Weather = z.object({ town: z.string(), degrees: z.number() });
export const weatherJson = '{"town":"Ulm","degrees":21}';
export const townSchema = {
  type: 'object',
  properties: { town: { type: 'string' } },
  required: ['town'],
  additionalProperties: false,
};
export const callsWeather = { calls: [{ name: 'weather', arguments: '{"town":"Ulm"}' }] };
