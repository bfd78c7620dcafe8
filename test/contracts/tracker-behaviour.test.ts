import { expect } from 'chai';
import { loadAddon } from '../../node/native/addon.ts';
import { readBytes, readDictionary, readList, readText } from '../../shared/protocol/encoding/fields.ts';
import {
  announceQuery,
  type HttpTrackerDriver,
  openBriefHttpDriver,
  openHttpDriver,
} from '../helpers/http-tracker-driver.ts';
import { openHttpsDriver } from '../helpers/https-tracker-driver.ts';
import { describeOverIpv6, hasProgram } from '../helpers/needs.ts';
import { openUdpDriver } from '../helpers/udp-tracker-driver.ts';
import { openWebSocketDriver } from '../helpers/websocket-tracker-driver.ts';
import { createTestTracker, describeIntroductionBehaviour, describeTrackerBehaviour } from './tracker-behaviour.ts';

const HASH = 'ab'.repeat(20);

describeTrackerBehaviour('HTTP, IPv4', (tracker) => openHttpDriver(tracker, '127.0.0.1'));
describeTrackerBehaviour('HTTP, connection each', (tracker) =>
  openBriefHttpDriver(tracker, '127.0.0.1', { native: false }),
);
if (hasProgram('openssl')) {
  describeTrackerBehaviour('HTTPS', (tracker) => openHttpsDriver(tracker, '127.0.0.1'));
}
describeTrackerBehaviour('UDP, IPv4', (tracker) => openUdpDriver(tracker, '127.0.0.1', { native: false }));
if (loadAddon() !== undefined) {
  for (const workers of [1, 2]) {
    const inBatches = (host: string): void => {
      const name = `in batches, ${host}, workers: ${workers}`;
      describeTrackerBehaviour(`HTTP ${name}`, (tracker) => openBriefHttpDriver(tracker, host, { workers }));
      describeTrackerBehaviour(`UDP ${name}`, (tracker) => openUdpDriver(tracker, host, { workers }));
    };
    inBatches('127.0.0.1');
    describeOverIpv6('a machine with IPv6', () => inBatches('::1'));
  }
}
describeIntroductionBehaviour('WebSocket, IPv4', (tracker) => openWebSocketDriver(tracker, '127.0.0.1'));
describeOverIpv6('a machine with IPv6', () => {
  describeTrackerBehaviour('HTTP, IPv6', (tracker) => openHttpDriver(tracker, '::1'));
  describeTrackerBehaviour('UDP, IPv6', (tracker) => openUdpDriver(tracker, '::1', { native: false }));
  describeIntroductionBehaviour('WebSocket, IPv6', (tracker) => openWebSocketDriver(tracker, '::1'));
});

describeOverIpv6('tracker behaviour over HTTP alone', () => {
  let v4: HttpTrackerDriver;
  let v6: HttpTrackerDriver;

  beforeEach(async () => {
    const tracker = createTestTracker('open');
    v4 = await openHttpDriver(tracker, '127.0.0.1');
    v6 = await openHttpDriver(tracker, '::1');
  });

  afterEach(async () => {
    await v4.close();
    await v6.close();
  });

  const announce = (driver: HttpTrackerDriver, port: number, more = ''): ReturnType<HttpTrackerDriver['ask']> =>
    driver.ask(`/announce?${announceQuery({ infoHash: HASH, port, left: 5 })}${more}`);

  it('gives peers of both families in one answer (BEP 7)', async () => {
    await announce(v4, 2001);
    await announce(v6, 2002);
    const toV4 = await announce(v4, 2003);
    expect(Buffer.from(readBytes(toV4, 'peers')).toString('hex')).to.equal('7f00000107d1');
    expect(Buffer.from(readBytes(toV4, 'peers6')).toString('hex')).to.equal(`${'00'.repeat(15)}0107d2`);
    const toV6 = await announce(v6, 2004);
    expect(readBytes(toV6, 'peers')).to.have.length(12);
    expect(readBytes(toV6, 'peers6')).to.have.length(18);
    expect(toV6).to.include({ incomplete: 4, complete: 0 });
  });

  it('always sends peers, and peers6 to whom IPv6 matters', async () => {
    expect(await announce(v4, 2001))
      .to.have.property('peers')
      .of.length(0);
    expect(await announce(v4, 2001)).not.to.have.property('peers6');
    const answer = await announce(v6, 2001);
    expect(answer).to.have.property('peers').of.length(6);
    expect(answer).to.have.property('peers6').of.length(0);
  });

  it('answers compact=0 with dictionaries (BEP 3)', async () => {
    await announce(v4, 2001);
    await announce(v6, 2002);
    const answer = await announce(v4, 2003, '&compact=0');
    const peers = readList(answer, 'peers', 10).map((peer) => readDictionary(peer, 'peer'));
    expect(peers.map((peer) => [readText(peer, 'ip', 40), peer.port])).to.deep.equal([
      ['127.0.0.1', 2001],
      ['::1', 2002],
    ]);
  });

  it('tells the asker its address (BEP 24)', async () => {
    expect(Buffer.from(readBytes(await announce(v4, 2001), 'external ip')).toString('hex')).to.equal('7f000001');
    expect(readBytes(await announce(v6, 2001), 'external ip')).to.have.length(16);
  });

  it('joins the swarms of a 32-byte hash and its truncated form (BEP 52)', async () => {
    await v4.ask(`/announce?${announceQuery({ infoHash: `${HASH}${'77'.repeat(12)}`, port: 2001, left: 5 })}`);
    expect(readBytes(await announce(v4, 2002), 'peers')).to.have.length(6);
    const counts = { seeders: 0, leechers: 2, downloaded: 0 };
    expect(await v4.scrape([HASH])).to.deep.equal([counts]);
    expect(await v4.scrape([`${HASH}${'77'.repeat(12)}`])).to.deep.equal([counts]);
  });

  it('refuses with a reason and an interval', async () => {
    const answer = await v4.ask('/announce?info_hash=x');
    expect(answer).to.have.keys('failure reason', 'interval', 'retry in');
  });

  it('says at least 300 seconds with every refusal of a torrent', async () => {
    const planted = await openHttpDriver(createTestTracker(), '127.0.0.1');
    const answer = await planted.ask(`/announce?${announceQuery({ infoHash: HASH, port: 1 })}`);
    await planted.close();
    expect(answer.interval).to.be.at.least(300);
  });
});
