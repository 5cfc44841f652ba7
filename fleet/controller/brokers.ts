/** Which broker devices speak to: the embedded one, or one that somebody else runs. */
import { createKeyPairP256, keyToPem } from '@rockpool/signing/x509';
import type { ShownTls } from '../api/dashboard-tls.ts';
import type { Tls } from '../api/server.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import { createEmbeddedBroker, type EmbeddedBroker } from '../broker/aedes.ts';
import type { Broker } from '../broker/broker.ts';
import { createMqttBroker, type MqttBroker } from '../broker/mqtt.ts';
import type { Clock } from '../host/clock.ts';
import type { BrokerHooks } from '../intake.ts';

export type MqttOptions = EmbeddedMqtt | ExternalMqtt;

export interface EmbeddedMqtt {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** `mqtts://…` told to devices, where something forwards to it. */
  url?: string;
}

export interface ExternalMqtt {
  /** `mqtts://…`, where controllers reach it. */
  broker: string;
  /** `mqtts://…` told to devices, when that is another address. */
  url?: string;
}

export interface ChosenBroker {
  create(hooks: BrokerHooks): Promise<Broker>;
  /** Told to devices. @param name by which devices reach this controller */
  urlFor(name: string): string;
  /** Its listener shows this from now on. */
  setTls(tls: Tls): void;
  /** Asked every hour: certificates of its own are renewed. */
  refresh(): Promise<void>;
}

export interface ChooseParts {
  clock: Clock;
  authority: FleetAuthority;
  /** Of this controller's listeners. */
  tls: ShownTls;
}

export const chooseBroker = (mqtt: MqttOptions, parts: ChooseParts): ChosenBroker =>
  'broker' in mqtt ? external(mqtt, parts) : embedded(mqtt, parts);

function embedded({ host, port, url }: EmbeddedMqtt, { clock, authority, tls }: ChooseParts): ChosenBroker {
  const withRoot = (shown: Tls) => ({ ...shown, ca: [authority.fleetCa] });
  let made: EmbeddedBroker | undefined;
  return {
    async create(hooks) {
      made = await createEmbeddedBroker({ host, port, tls: withRoot(tls.current()), clock, ...hooks });
      return made;
    },
    urlFor: (name) => url ?? `mqtts://${name}:${made?.port ?? port}`,
    setTls: (fresh) => made?.setTls(withRoot(fresh)),
    refresh: () => Promise.resolve(),
  };
}

function external({ broker, url }: ExternalMqtt, { clock, authority }: ChooseParts): ChosenBroker {
  let made: MqttBroker | undefined;
  const keys = createKeyPairP256();
  const key = keyToPem(keys.privateKey);
  // No device can have this name.
  const sign = () => authority.issueDevice('controller', keys.publicKey);
  const own = (cert: string) => ({ key, cert, ca: [authority.fleetCa] });
  let issued: Awaited<ReturnType<typeof sign>> | undefined;
  return {
    async create(hooks) {
      issued = await sign();
      made = await createMqttBroker({
        ...{ url: broker, tls: own(issued.pem), clock, ...hooks },
        // The same for all controllers of this fleet, and guessed by nobody.
        group: Buffer.from(authority.macOfNonce(Buffer.from('rockpool/share/v1')))
          .toString('hex')
          .slice(0, 32),
      });
      return made;
    },
    urlFor: () => url ?? withoutPassword(broker),
    setTls: () => undefined,
    async refresh() {
      if (!issued || clock.now() < issued.issuedAt + ((issued.expiresAt - issued.issuedAt) * 2) / 3) return;
      issued = await sign();
      made?.setTls(own(issued.pem));
    },
  };
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
