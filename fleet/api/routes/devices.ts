/** `/api/devices`, `/api/overview`: what is in the fleet, how it is, and what an operator says of it. */

import { DeviceName } from '@rockpool/protocol/enrolment';
import { DeviceDetail, DeviceList, Overview, Samples } from '@rockpool/protocol/fleet/api';
import { z } from 'zod';
import { allowNames, labelDevice, revokeDevice, showDevice } from '../../registry/devices.ts';
import { showDetail } from '../../views/device-detail.ts';
import { listPage } from '../../views/device-list.ts';
import { overview } from '../../views/overview.ts';
import { readSamples } from '../../views/samples.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';
import { shared } from '../shared.ts';
import { DeviceListQuery, labelsFrom } from './query.ts';

export const Named = z.strictObject({ name: DeviceName });
const dayMs = 86_400_000;

export function deviceRoutes(app: App, { db, clock }: RouteParts): void {
  // However many dashboards look, the fleet is counted once a second.
  const overviewBy = shared((by: string) => overview(db, by), 1_000, clock);

  app.get(
    '/api/overview',
    {
      config: { who: 'look' },
      schema: {
        querystring: z.strictObject({ by: z.string().max(32).default('branch') }),
        response: { 200: Overview },
      },
    },
    (request) => overviewBy(request.query.by),
  );
  app.get(
    '/api/devices',
    { config: { who: 'look' }, schema: { querystring: DeviceListQuery, response: { 200: DeviceList } } },
    ({ query: { label, ...wish } }) => listPage(db, { ...wish, labels: labelsFrom(label) }),
  );
  app.get(
    '/api/devices/:name',
    { config: { who: 'look' }, schema: { params: Named, response: { 200: DeviceDetail } } },
    ({ params }) => showDetail(db, params.name),
  );
  app.get(
    '/api/devices/:name/samples',
    {
      config: { who: 'look' },
      schema: {
        params: Named,
        querystring: z.strictObject({
          /** Milliseconds since 1970; the last day when left out. */
          from: z.coerce.number().int().nonnegative().optional(),
          to: z.coerce.number().int().nonnegative().optional(),
        }),
        response: { 200: Samples },
      },
    },
    ({ params, query }) => {
      const to = query.to ?? clock.now();
      return readSamples(db, params.name, { from: query.from ?? to - dayMs, to });
    },
  );
  app.patch(
    '/api/devices/:name',
    {
      config: { who: 'label-device' },
      schema: {
        params: Named,
        /** All that it shall have from now on. */
        body: z.strictObject({ labels: z.record(z.string(), z.string()) }),
        response: { 200: DeviceDetail },
      },
    },
    async (request) => {
      const { name } = request.params;
      const { labels } = await showDevice(db, name);
      const gone = Object.fromEntries(Object.keys(labels).map((key) => [key, null]));
      const set = { ...gone, ...request.body.labels };
      await labelDevice(db, clock, { name, set, who: askerOf(request).who });
      return showDetail(db, name);
    },
  );
  app.put(
    '/api/devices/:name/names',
    {
      config: { who: 'allow-names' },
      schema: {
        params: Named,
        body: z.strictObject({ names: z.array(z.string().max(253)).max(16) }),
        response: { 200: DeviceDetail },
      },
    },
    async (request) => {
      const { name } = request.params;
      await allowNames(db, clock, { name, names: request.body.names, who: askerOf(request).who });
      return showDetail(db, name);
    },
  );
  app.post(
    '/api/devices/:name/revoke',
    {
      config: { who: 'revoke-device' },
      schema: {
        params: Named,
        body: z.strictObject({ because: z.string().trim().min(1).max(200).default('no reason given') }),
        response: { 200: DeviceDetail },
      },
    },
    async (request) => {
      const { name } = request.params;
      await revokeDevice(db, clock, { name, because: request.body.because, who: askerOf(request).who });
      return showDetail(db, name);
    },
  );
}
