import { expect } from 'chai';
import type { DhtEndpoint } from '../../../shared/network/dht.ts';
import {
  DhtSearch,
  hintsInDht,
  MAX_HINTS,
  MAX_HINTS_PER_HOST,
  meetingPoints,
  SEARCH_AGAIN_MS,
} from '../../../shared/network/dht-supernodes.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { meetingPoint } from '../../../shared/protocol/dht/meeting-point.ts';

describe('shared/network/dht-supernodes.ts', () => {
  it('looks at the meeting point of each domain, else at that of no domain', async () => {
    expect(meetingPoints([])).to.deep.equal([meetingPoint(undefined)]);
    const asked: string[] = [];
    const find = (hash: string): DhtEndpoint[] => {
      asked.push(hash);
      return [];
    };
    await hints(find, ['example.org', 'example.net']);
    expect(asked).to.deep.equal([meetingPoint('example.org'), meetingPoint('example.net')]);
  });

  it('takes every address that may be called for a hint', async () => {
    const found = [
      { host: '8.8.8.8', port: 6970 },
      { host: '10.0.0.1', port: 1 },
      { host: '192.168.0.1', port: 2 },
      { host: '127.0.0.1', port: 3 },
    ];
    expect(await hints(() => found)).to.have.deep.members([
      { url: 'http://8.8.8.8:6970', id: undefined },
      { url: 'http://10.0.0.1:1', id: undefined },
    ]);
  });

  it('takes few of thousands, other ones each time, and few of one host', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ host: `8.8.${index >> 8}.${index & 255}`, port: 1 }));
    const [first, second] = [await hints(() => many, [], 1), await hints(() => many, [], 2)];
    expect([first.length, second.length]).to.deep.equal([MAX_HINTS, MAX_HINTS]);
    expect(first).not.to.deep.equal(second);
    const crowd = Array.from({ length: 5000 }, (_, index) => ({ host: '8.8.8.8', port: index + 1 }));
    expect(await hints(() => [...crowd, { host: '9.9.9.9', port: 1 }])).to.have.length(MAX_HINTS_PER_HOST + 1);
  });

  it('searches anew only after a while, and closes the DHT each time', async () => {
    let [opened, closed, now] = [0, 0, 0];
    const open = async () => {
      opened++;
      const close = async (): Promise<void> => void closed++;
      return { find: async () => [{ host: '8.8.8.8', port: opened }], close };
    };
    const search = new DhtSearch({ port: 0, bootstrap: [], allowNetworks: [] }, [], open);
    const found: string[] = [];
    for (now = 0; now < 2 * SEARCH_AGAIN_MS; now += 1000) {
      const hints = await search.find({ clock: { now: () => now }, random: seededRandom(1) });
      found.push(...hints.map(({ url }) => url));
    }
    expect([...new Set(found)]).to.deep.equal(['http://8.8.8.8:1', 'http://8.8.8.8:2']);
    expect([opened, closed]).to.deep.equal([2, 2]);
  });
});

function hints(find: (hash: string) => DhtEndpoint[], domains: string[] = [], seed = 1) {
  const settings = { allowNetworks: ['10.0.0.0/8'], random: seededRandom(seed) };
  return hintsInDht({ find: async (hash) => find(hash) }, domains, settings);
}
