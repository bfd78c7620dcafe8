// The options by which a role finds its network, the same for nodes, supernodes, planters and clients.

import { domainToASCII } from 'node:url';
import { UsageError } from '../errors.ts';
import type { OptionSpecs } from '../platform/option-table.ts';
import type { DhtEndpoint, DhtWish } from './dht.ts';

/** `supernodeHelp` says what supernodes are named for. */
export function findingOptions(group: string, supernodeHelp: string) {
  return {
    supernode: {
      // Not of the kind 'url', since a key may stand before it.
      kind: 'text',
      valueName: '[KEY@]URL',
      isRepeatable: true,
      group,
      help: `${supernodeHelp} With its key and @ before the URL nobody else is taken for it.`,
    },
    network: {
      kind: 'text',
      isRepeatable: true,
      valueName: 'DOMAIN',
      group,
      help: 'Domain whose TXT records at _anatomic.DOMAIN name supernodes of the network that is meant.',
    },
    allowNetwork: {
      kind: 'cidr',
      isRepeatable: true,
      group,
      help: 'Network that may be called although it is not public, such as 192.168.0.0/16.',
    },
    dht: {
      kind: 'boolean',
      group,
      help: 'Look for supernodes in the Mainline DHT as well: of the domains of --network, else of no domain.',
    },
    dhtPort: { kind: 'port', default: 0, group, help: 'UDP port for --dht; 0 takes a free one.' },
    dhtBootstrap: {
      kind: 'text',
      valueName: 'HOST:PORT',
      isRepeatable: true,
      group,
      help: 'Node of the DHT to begin with. The public ones when left out.',
    },
  } as const satisfies OptionSpecs;
}

/** What the options above give. */
export interface FindingConfig {
  readonly supernode: readonly string[];
  readonly network: readonly string[];
  readonly allowNetwork: readonly string[];
  readonly dht: boolean;
  readonly dhtPort: number;
  readonly dhtBootstrap: readonly string[];
}

const MAX_PORT = 65_535;
/** Labels of a name in the DNS, as ASCII (RFC 1035, and underscores). */
const DOMAIN = /^(?=.{1,240}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const HOST_AND_PORT = /^([^\s:[\]]+):(\d{1,5})$/;

/** undefined: the DHT is not asked. `host` is where a service listens. Throws UsageError, for a domain that is none too. */
export function readDhtWish(
  { network, dht, dhtPort: port, dhtBootstrap, allowNetwork: allowNetworks }: FindingConfig,
  host?: string,
): DhtWish | undefined {
  for (const domain of network) checkDomain(domain);
  const bootstrap = dhtBootstrap.map(readBootstrap);
  if (!dht) return undefined;
  const isIpv6 = host?.includes(':') === true;
  return {
    port,
    host: isIpv6 ? undefined : host,
    allowNetworks,
    bootstrap: bootstrap.length === 0 ? undefined : bootstrap,
  };
}

function checkDomain(text: string): void {
  if (DOMAIN.test(domainToASCII(text))) return;
  throw new UsageError(`--network ${text}: expected a domain, such as example.org`);
}

function readBootstrap(text: string): DhtEndpoint {
  const [, host, digits] = HOST_AND_PORT.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port === 0 || port > MAX_PORT) {
    throw new UsageError(`--dht-bootstrap ${text}: expected HOST:PORT, such as router.bittorrent.com:6881`);
  }
  return { host, port };
}
