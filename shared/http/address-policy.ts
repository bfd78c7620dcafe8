// Which addresses this process may call when a stranger named the host.

import { PublicError } from '../errors.ts';
import { isGlobalUnicast, NetworkSet } from '../protocol/addresses/networks.ts';

export interface AddressPolicy {
  /** Whether the IP address is public or in a network that the operator allowed; false for what is not an IP address. */
  allows(address: string): boolean;
}

/** Networks that an operator is likely to mean, for the hint in a refusal. */
const LOCAL_NETWORKS = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7'].map(
  (network) => ({ network, members: new NetworkSet([network]) }),
);

/** `allowNetworks` in CIDR form; throws PublicError 'network' for anything else. */
export function createAddressPolicy(allowNetworks: readonly string[]): AddressPolicy {
  const allowed = new NetworkSet(allowNetworks);
  return { allows: (address) => isGlobalUnicast(address) || allowed.has(address) };
}

/**
 * The refusal to call `address` because a URL names `host`. When the host is a name, strangers are not told what it
 * resolves to here; the operator finds that in the cause.
 */
export function addressRefusal(host: string, address: string): PublicError {
  const network = LOCAL_NETWORKS.find(({ members }) => members.has(address))?.network ?? address;
  const hint = `${address} is not a public address: allow it with --allow-network ${network}`;
  if (host === address) return new PublicError('address', hint);
  const message = `${host} resolves to an address that is not public: --allow-network allows one`;
  return new PublicError('address', message, { cause: new Error(hint) });
}
