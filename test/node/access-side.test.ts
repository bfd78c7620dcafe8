import { expect } from 'chai';
import { GuardedTracker } from '../../node/access/guarded-tracker.ts';
import { openAccess } from '../../node/access-side.ts';
import { checkConfig, type NodeConfig, nodeOptions } from '../../node/config.ts';
import { UsageError } from '../../shared/errors.ts';
import { createLog } from '../../shared/platform/log.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { createTestTracker } from '../contracts/tracker-behaviour.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

const tracker = createTestTracker();
const holdings = { carriedAfter: (): InfoHash[] => [], release: (): void => {} };
const log = createLog({ level: 'silent', role: 'node' });
const parts = { tracker, holdings, random: seededRandom(1), log };

function configOf(...argv: string[]): NodeConfig {
  const parsed = parseOptions(nodeOptions, { argv, env: {} });
  if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
  return parsed.config;
}

describe('node/access-side.ts', () => {
  it('puts nothing before the tracker unless something is limited', async () => {
    const { door, sources } = await openAccess(configOf(), parts);
    expect(door).to.equal(tracker);
    expect(sources).to.equal(undefined);
  });

  it('guards torrents when there are lists of them, or when the minimum interval is enforced', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write('list', 'aa'.repeat(20));
    for (const flags of [['--allow-torrents', file], ['--deny-torrents', file], ['--enforce-min-interval']]) {
      const { door, sources } = await openAccess(configOf(...flags), parts);
      expect(door).to.be.instanceOf(GuardedTracker);
      expect(sources).to.equal(undefined);
    }
  });

  it('guards against senders when networks are banned or rates are limited', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write('list', '192.0.2.0/24');
    for (const flags of [
      ['--ban-networks', file],
      ['--client-rate', '9'],
      ['--network-rate', '9'],
    ]) {
      const { door, sources } = await openAccess(configOf(...flags), parts);
      expect(door).to.equal(tracker);
      expect(sources).not.to.equal(undefined);
    }
  });

  it('gives up what is carried and forbidden, at the start and with each reload', async () => {
    using folder = new TemporaryFolder();
    const hashes = Array.from({ length: 12_000 }, (_, i) => i.toString(16).padStart(40, '0'));
    const carried = new Set(hashes);
    const listed = {
      carriedAfter: (place: string, max: number) => [...carried].filter((hash) => hash > place).slice(0, max),
      release: (given: readonly string[]) => given.forEach((hash) => void carried.delete(hash)),
    };
    const denied = folder.write('denied', `${hashes[0]}\n${hashes[6000]}`);
    const { reload, isForbidden } = await openAccess(configOf('--deny-torrents', denied), {
      ...parts,
      holdings: listed,
    });
    expect(carried.size).to.equal(11_998);
    expect([hashes[0]!, hashes[1]!].map(isForbidden)).to.deep.equal([true, false]);
    folder.write('denied', hashes[11_999]!);
    await reload();
    expect(hashes.filter((hash) => !carried.has(hash))).to.deep.equal([hashes[0], hashes[6000], hashes[11_999]]);
  });

  it('warns in ASCII that fits an answer', () => {
    checkConfig(configOf('--warning-message', 'we move to tracker.example'));
    for (const text of ['caf\xe9', 'two\nlines', 'x'.repeat(201)]) {
      expect(() => checkConfig(configOf('--warning-message', text))).to.throw(UsageError, '--warning-message');
    }
  });

  it('takes a tracker id that needs no escaping', () => {
    checkConfig(configOf('--tracker-id', 'node-1.example_a'));
    for (const text of ['', 'a b', 'a&b', 'x'.repeat(65)]) {
      expect(() => checkConfig(configOf(`--tracker-id=${text}`))).to.throw(UsageError, '--tracker-id');
    }
  });

  it('believes headers of the PROXY protocol only of proxies that are named', () => {
    expect(() => checkConfig(configOf('--proxy-protocol'))).to.throw(UsageError, '--trusted-proxy');
    checkConfig(configOf('--proxy-protocol', '--trusted-proxy', '192.0.2.1'));
  });
});
