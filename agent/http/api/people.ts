/** People over HTTP: coming in, one's own account, who belongs to the device, and what the command line does to them. */
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import type { App } from '../app.ts';
import { entranceRoutes } from './entrance.ts';
import { keyRoutes } from './keys.ts';
import { localRoutes } from './local.ts';
import { memberRoutes } from './members.ts';

export interface PeopleRouteParts {
  auth: Auth;
  audit: Audit;
  /** Served over TLS: then the cookie travels over nothing else. */
  secure: boolean;
}

export function peopleRoutes(app: App, parts: PeopleRouteParts): void {
  entranceRoutes(app, parts);
  memberRoutes(app, parts);
  keyRoutes(app, parts);
  localRoutes(app, parts);
}
