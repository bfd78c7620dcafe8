import { expect } from 'chai';
import { type PlantWish, plant } from '../../planter/plant.ts';
import type { Planted } from '../../planter/planted.ts';
import { PAUSES_MS, readBack, type Sighting, tellSighting } from '../../planter/read-back.ts';
import { createVoice } from '../../planter/voice.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { FakeNetwork, NOW, SIGNER } from './fake-network.ts';

const WISH: PlantWish = { copies: 2, isPortable: false, allowsPrivate: false };
const URLS = [1, 2, 3, 4].map((number) => `http://198.51.100.${number}:6970`);

describe('planter/read-back.ts', () => {
  let network: FakeNetwork;
  let pauses: number[];
  let talk: string[];

  beforeEach(() => {
    network = new FakeNetwork();
    pauses = [];
    talk = [];
  });

  it('sees it where it was told, at once', async () => {
    expect(await read()).to.deep.equal({ seenAt: URLS.slice(0, 2), missingAt: [] });
    expect(pauses).to.deep.equal([]);
    expect(talk).to.deep.equal([`  seen at ${URLS[0]}, ${URLS[1]}\n`]);
  });

  it('asks one that was not told as well, and waits until the others have told it', async () => {
    const [, , stranger] = new FakeNetwork(0, 3).supernodes;
    network.strangers = [...network.supernodes, stranger!];
    network.hiding.set(URLS[2]!, 2);
    expect(await read()).to.deep.equal({ seenAt: URLS.slice(0, 3), missingAt: [] });
    expect(pauses).to.deep.equal(PAUSES_MS.slice(0, 2));
  });

  it('warns of one that took note and hides it, after a while', async () => {
    network.hiding.set(URLS[1]!, 100);
    expect(await read()).to.deep.equal({ seenAt: [URLS[0]], missingAt: [URLS[1]] });
    expect(pauses).to.deep.equal(PAUSES_MS);
    expect(talk[1]).to.include(`warning: ${URLS[1]} took note of it and does not show it`).and.include('--supernode');
  });

  it('warns when one that was not told does not hear of it', async () => {
    network.registrationFailures = ['the first failed'];
    network.hiding.set(URLS[0]!, 100);
    expect(await read()).to.deep.equal({ seenAt: [URLS[1]], missingAt: [URLS[0]] });
    expect(talk[1]).to.include(`warning: ${URLS[0]} has not heard of it`).and.include('anatomic status');
  });

  it('says nothing of one that does not answer, and nothing at all when nobody took note', async () => {
    network.hiding.set(URLS[0]!, 'silent');
    expect(await read()).to.deep.equal({ seenAt: [URLS[1]], missingAt: [] });
    network.registrationFailures = ['the first failed', 'the second failed'];
    expect(await readBack([await planted(9)], pause)).to.have.property('size', 0);
  });

  it('is not content with a plant without carriers, or with carriers of others', async () => {
    const one = await planted(1);
    const { lookUp } = network;
    network.lookUp = async (hashes, supernodes) => {
      const found = await lookUp.call(network, hashes, supernodes);
      return found.map((torrent) => ({ ...torrent, carriers: torrent.carriers.slice(2) }));
    };
    expect(one.carriers).to.have.length(2);
    const sighting = (await readBack([one], pause)).get(one);
    expect(sighting).to.deep.equal({ seenAt: [], missingAt: network.supernodes });
  });

  it('reads many back together, and again only what is missing', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, (_, index) => planted(index)));
    const { lookUp } = network;
    const late = many[7]!.seedling.hashes[0];
    network.lookUp = async (hashes, supernodes) => {
      const found = await lookUp.call(network, hashes, supernodes);
      return hashes.length === 1 ? found : found.filter(({ infoHash }) => infoHash !== late);
    };
    const sightings = await readBack(many, pause);
    expect([...sightings.values()].every(({ seenAt }) => seenAt.length === 2)).to.equal(true);
    expect(network.readings.map(({ count }) => count)).to.deep.equal([100, 100, 1, 1]);
  });

  const pause = async (ms: number): Promise<void> => void pauses.push(ms);

  /** What the planter of one torrent sees, by URLs, and says. */
  async function read(): Promise<Record<keyof Sighting, string[]>> {
    const one = await planted(1);
    const sighting = (await readBack([one], pause)).get(one)!;
    tellSighting(
      one,
      sighting,
      createVoice((text) => talk.push(text)),
    );
    const urls = (supernodes: Sighting['seenAt']): string[] => supernodes.map(({ url }) => url);
    return { seenAt: urls(sighting.seenAt), missingAt: urls(sighting.missingAt) };
  }

  function planted(number: number): Promise<Planted> {
    return plant(number.toString(16).padStart(40, '0'), WISH, {
      signerFor: async () => SIGNER,
      clock: { now: () => NOW },
      random: seededRandom(1),
      voice: createVoice(() => undefined),
      connect: async () => network,
      remember: async () => undefined,
    });
  }
});
