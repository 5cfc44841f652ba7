/** nginx in front of the agent, for offices whose rules ask for one: its whole configuration, made from a few values. */

export interface ProxyWants {
  /** PEM files: the chain, leaf first, and its key. */
  certificate: string;
  key: string;
  /** Of the agent, for nobody else: what comes over it is believed. */
  agentSocket: string;
  /** Largest document; the agent has the last word. */
  uploadBytes: number;
  /** As `nginx -v` tells it; how HTTP/2 is asked for changed with 1.25.1. */
  version: string;
  port: number;
  /** Its pid file; no request and no answer is ever written to a disk. */
  runtimeFolder: string;
}

export function nginxConfig(wants: ProxyWants): string {
  const { certificate, key, agentSocket, uploadBytes, version, port, runtimeFolder } = wants;
  for (const path of [certificate, key, agentSocket, runtimeFolder]) refuseOddPath(path);
  const asParameter = isBefore(version, [1, 25, 1]);
  const listen = ['', '[::]:'].map((any) => `listen ${any}${port} ssl${asParameter ? ' http2' : ''};`);
  return `# Written by rockpool-provision; changes made here are lost.
worker_processes 2;
pid ${runtimeFolder}/nginx.pid;
# Lines of the log hold what was asked for: nothing but what keeps nginx from working is told.
error_log stderr crit;
events {
  worker_connections 1024;
}
http {
  access_log off;
  server_tokens off;
  default_type application/octet-stream;

  client_body_temp_path ${runtimeFolder}/body;
  proxy_temp_path ${runtimeFolder}/proxy;
  fastcgi_temp_path ${runtimeFolder}/fastcgi;
  uwsgi_temp_path ${runtimeFolder}/uwsgi;
  scgi_temp_path ${runtimeFolder}/scgi;

  ssl_certificate ${certificate};
  ssl_certificate_key ${key};
  ssl_protocols TLSv1.3;
  ssl_session_tickets off;
  ssl_session_cache off;
  ssl_early_data off;

  client_header_timeout 20s;
  large_client_header_buffers 4 16k;
  keepalive_timeout 75s;
  client_max_body_size ${uploadBytes};

  upstream agent {
    server unix:${agentSocket};
    keepalive 32;
  }

  server {
    ${listen.join('\n    ')}
    ${asParameter ? '' : 'http2 on;\n    '}http2_max_concurrent_streams 64;

    location / {
      proxy_pass http://agent;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      # Replaced, never appended to: what a client sends under these names is lost.
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Rockpool-Reached $server_addr;
      proxy_set_header X-Forwarded-Host "";
      proxy_set_header X-Forwarded-Proto "";
      proxy_set_header Forwarded "";
      # Each delta the moment it comes; documents straight to where they are encrypted.
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      # A model may think for long before its first word.
      proxy_read_timeout 1h;
      proxy_send_timeout 10m;
    }
  }
}
`;
}

/** A drop-in of `rockpool-agent.socket`: instead of the port, a Unix socket that nginx alone may open. */
export const agentSocketDropIn = (
  agentSocket: string,
): string => `# Written by rockpool-provision: nginx has the port.
[Socket]
ListenStream=
ListenStream=${agentSocket}
SocketUser=root
SocketGroup=rockpool-nginx
SocketMode=0660
FileDescriptorName=proxied
`;

/** @param printed by `nginx -v`: `nginx version: nginx/1.24.0 (Ubuntu)` */
export function readNginxVersion(printed: string): string {
  const version = /nginx\/(\d+\.\d+\.\d+)/.exec(printed)?.[1];
  if (version === undefined) throw new RangeError(`nginx did not say its version: ${printed.trim()}`);
  return version;
}

function isBefore(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const place = than.findIndex((one, i) => parts[i] !== one);
  return place !== -1 && (parts[place] ?? 0) < (than[place] ?? 0);
}

function refuseOddPath(path: string): void {
  if (!/^\/[\w./-]+$/.test(path)) throw new RangeError(`${path} can't stand in nginx's configuration`);
}
