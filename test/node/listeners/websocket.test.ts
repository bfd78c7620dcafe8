import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';
import { HASH, HASH_HEX, offers, WebSocketLab } from './websocket-lab.ts';

describe('node/listeners/websocket.ts', () => {
  let lab: WebSocketLab;

  beforeEach(async () => {
    lab = new WebSocketLab();
    await lab.start();
  });

  afterEach(() => lab.end());

  it('answers an announce with counts and an interval of two minutes', async () => {
    const browser = await lab.open('a');
    expect(await browser.announce()).to.deep.equal({
      action: 'announce',
      interval: 120,
      info_hash: HASH,
      complete: 0,
      incomplete: 1,
    });
    expect(await (await lab.open('b', '/')).announce({ left: 0 })).to.include({ complete: 1, incomplete: 1 });
    expect(lab.webSockets.stats).to.deep.equal({ sockets: 2, refusedSockets: 0, peers: 2 });
  });

  it('passes offers on, one to each peer, and the answer back', async () => {
    const [a, b, c] = [await lab.open('a'), await lab.open('b'), await lab.open('c')];
    await a.announce();
    await b.announce();
    await c.announce(offers(5));
    const [toA, toB] = [await a.next(), await b.next()];
    expect(toA).to.include({ action: 'announce', peer_id: c.peerId, info_hash: HASH });
    expect([toA.offer_id, toB.offer_id].sort()).to.deep.equal(['id0', 'id1']);
    expect(toA.offer).to.deep.equal({ type: 'offer', sdp: `sdp${String(toA.offer_id).slice(2)}` });
    b.send({ answer: { type: 'answer', sdp: 'yes' }, offer_id: toB.offer_id, to_peer_id: c.peerId });
    expect(await c.next()).to.deep.equal({
      action: 'announce',
      answer: { type: 'answer', sdp: 'yes' },
      offer_id: toB.offer_id,
      peer_id: b.peerId,
      info_hash: HASH,
    });
    expect(a.waiting + b.waiting + c.waiting).to.equal(0);
  });

  it('offers a seeder to leechers only', async () => {
    const [seeder, leecher, other] = [await lab.open('s'), await lab.open('l'), await lab.open('o')];
    await seeder.announce({ left: 0 });
    await leecher.announce();
    await other.announce({ left: 0, ...offers(5) });
    expect(await leecher.next()).to.include({ peer_id: other.peerId });
    await seeder.announce();
    expect(seeder.waiting).to.equal(0);
  });

  it('passes no answer on under an id that its sender did not announce', async () => {
    const [a, b] = [await lab.open('a'), await lab.open('b')];
    await a.announce();
    await b.announce();
    const answer = { answer: { type: 'answer', sdp: 'x' }, offer_id: 'id', to_peer_id: a.peerId };
    b.send({ ...answer, peer_id: '-WW0208-somebodyelse' });
    b.send({ ...answer, to_peer_id: '-WW0208-who-is-that?' });
    b.send({ ...answer, offer_id: 'good' });
    expect(await a.next()).to.include({ offer_id: 'good' });
  });

  it('forgets a peer that stops, and all peers of a connection that ends', async () => {
    const [a, b] = [await lab.open('a'), await lab.open('b')];
    await a.announce();
    await b.announce();
    expect(await a.announce({ event: 'stopped' })).to.include({ incomplete: 1 });
    expect(lab.webSockets.stats.peers).to.equal(1);
    b.socket.terminate();
    await until(() => lab.webSockets.stats.peers === 0);
    expect(lab.webSockets.stats.sockets).to.equal(1);
  });

  it('refuses a torrent that is not carried, by its hash, and serves the others on', async () => {
    const browser = await lab.open('a');
    const unknown = 'x'.repeat(20);
    expect(await browser.announce({ info_hash: unknown })).to.deep.equal({
      action: 'announce',
      'failure reason': 'torrent not carried here',
      info_hash: unknown,
    });
    expect(await browser.announce()).to.include({ incomplete: 1 });
  });

  it('scrapes sockets and all other peers together, over whatever protocol', async () => {
    const browser = await lab.open('a');
    await browser.announce({ left: 0 });
    const client = await RawHttp.connect(lab.http.port);
    client.send(
      `GET /announce?info_hash=${HASH_HEX.replace(/../g, '%$&')}&peer_id=${'p'.repeat(20)}&port=1 HTTP/1.1\r\n\r\n`,
    );
    await client.response();
    client.send(`GET /scrape?info_hash=${HASH_HEX.replace(/../g, '%$&')} HTTP/1.1\r\n\r\n`);
    expect((await client.response()).body.toString('latin1')).to.contain(
      'd8:completei1e10:downloadedi0e10:incompletei1ee',
    );
    client.socket.destroy();
    browser.send({ action: 'scrape', info_hash: [HASH, 'x'.repeat(20)] });
    expect(await browser.next()).to.deep.equal({
      action: 'scrape',
      files: {
        [HASH]: { complete: 1, incomplete: 1, downloaded: 0 },
        [`${'x'.repeat(20)}`]: { complete: 0, incomplete: 0, downloaded: 0 },
      },
    });
  });

  it('counts what it is asked and what it refuses', async () => {
    const browser = await lab.open('a');
    await browser.announce();
    await browser.announce({ info_hash: 'x'.repeat(20) });
    browser.send({ action: 'scrape' });
    await browser.next();
    expect(lab.traffic.counts()).to.deep.equal({
      ipv4: { announces: 2, scrapes: 1, connects: 0 },
      ipv6: { announces: 0, scrapes: 0, connects: 0 },
      refusals: { 'unknown-torrent': 1 },
    });
  });

  it('ends connections that speak something else', async () => {
    for (const text of ['', 'hello', '{}', '{"action":"announce","info_hash":"x"}']) {
      const browser = await lab.open('a');
      browser.socket.send(text);
      expect(await browser.closeCode(), text).to.equal(1008);
    }
  });

  it('ends connections that send too much at once', async () => {
    const browser = await lab.open('a');
    browser.socket.send('x'.repeat(200_000));
    expect(await browser.closeCode()).to.equal(1009);
  });

  it('is found on no other path', async () => {
    const socket = new WebSocket(lab.urlOf('/stats'));
    const [error] = await once(socket, 'error');
    expect((error as Error).message).to.contain('404');
  });

  it('closes with the HTTP door, saying that it goes away', async () => {
    const browser = await lab.open('a');
    const code = browser.closeCode();
    await lab.http.close(60_000);
    expect(await code).to.equal(1001);
  });
});
