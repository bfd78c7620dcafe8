import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { announce, describeHttp, QUERY, seeders } from './http-lab.ts';

describeHttp('on announces and scrapes', (lab) => {
  beforeEach(() => lab.start());

  it('tells its port, announce URL and kind', () => {
    expect(lab.listener.isNative).to.equal(lab.native);
    expect(lab.listener.url).to.equal(`http://127.0.0.1:${lab.listener.port}/announce`);
    expect(lab.listener.port).to.be.above(0);
  });

  it('announces with small fixed headers and a Content-Length, over and over on one connection', async () => {
    const client = await lab.open();
    for (let port = 1; port <= 3; port++) {
      client.send(announce(port));
      const { head, body } = await client.response();
      expect(head).to.equal(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}`);
      expect(body.toString('latin1')).to.match(new RegExp(`^d8:completei${port}e.*5:peers0:e$`));
    }
    expect(lab.tracker.askers).to.deep.equal(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    expect(lab.tracker.times[0]).to.equal(1_800_000_000);
  });

  it('answers what real clients send first', async () => {
    const lines = readFileSync(new URL('../../fixtures/first-requests.txt', import.meta.url), 'latin1').split('\n');
    for (const line of lines.filter((text) => text.includes('\t'))) {
      const client = await lab.open();
      client.send(`${line.slice(line.indexOf('\t') + 1)}\r\n\r\n\0`);
      expect(await seeders(client), line).to.equal(Number(/&port=(\d+)/.exec(line)![1]));
      if (line.endsWith('/1.0')) await client.closed;
    }
  });

  it('scrapes up to 64 hashes, and refuses a scrape without any', async () => {
    const client = await lab.open();
    client.send('GET /scrape?info_hash=bbbbbbbbbbbbbbbbbbbb&info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n\r\n');
    const entry = (letter: string): string =>
      `20:${letter.repeat(20)}d8:completei${letter.charCodeAt(0)}e10:downloadedi0e10:incompletei0ee`;
    expect((await client.response()).body.toString()).to.equal(`d5:filesd${entry('a')}${entry('b')}ee`);
    client.send('GET /scrape? HTTP/1.1\r\n\r\n');
    expect((await client.response()).body).to.deep.equal(REFUSALS.noScrapeHashes.httpBody);
    client.send(
      `GET /scrape?${Array.from({ length: 65 }, (_, i) => `info_hash=${`%${(i + 16).toString(16)}`.repeat(20)}`).join('&')} HTTP/1.1\r\n\r\n`,
    );
    expect((await client.response()).body).to.deep.equal(REFUSALS.tooManyHashes.httpBody);
  });

  it('refuses with status 200 and keeps the connection', async () => {
    const client = await lab.open();
    client.send('GET /announce HTTP/1.1\r\n\r\n');
    const { head, body } = await client.response();
    expect(head).to.match(/^HTTP\/1.1 200 /);
    expect(body).to.deep.equal(REFUSALS.badInfoHash.httpBody);
    client.send(announce(5));
    expect(await seeders(client)).to.equal(5);
  });

  it('answers targets in absolute form, on connections of the control plane too', async () => {
    const client = await lab.open();
    const absolute = announce(7).replace('/announce', 'http://tracker.example/announce');
    client.send(absolute);
    expect(await seeders(client)).to.equal(7);
    client.send(`GET http://tracker.example/stats HTTP/1.1\r\nHost: x\r\n\r\n${absolute}`);
    expect((await client.response()).body.toString()).to.equal('GET http://tracker.example/stats');
    expect(await seeders(client)).to.equal(7);
  });

  it('answers a request that comes byte by byte', async () => {
    const client = await lab.open();
    client.socket.setNoDelay(true);
    for (const character of announce(77)) client.socket.write(character, 'latin1');
    expect(await seeders(client)).to.equal(77);
  });

  it('answers pipelined requests in order, also one cut in two', async () => {
    const client = await lab.open();
    const second = announce(2);
    client.send(announce(1) + second.slice(0, 30));
    expect(await seeders(client)).to.equal(1);
    client.send(second.slice(30) + announce(3) + announce(4));
    expect([await seeders(client), await seeders(client), await seeders(client)]).to.deep.equal([2, 3, 4]);
  });

  it('answers more pipelined requests than fit its buffers, to a client that reads late', async () => {
    const client = await lab.open();
    client.socket.pause();
    const count = 3000;
    for (let i = 1; i <= count; i++) client.send(`GET /announce?${QUERY}&port=${i}&numwant=200 HTTP/1.1\r\n\r\n`);
    client.socket.resume();
    for (let i = 1; i <= count; i++) expect(await seeders(client)).to.equal(i);
  });

  it('closes after the answer when asked to, and with HTTP/1.0', async () => {
    for (const text of [
      announce(1, 'Connection: close\r\n'),
      announce(1, '', '1.0'),
      announce(1, 'Connection: keep-alive\r\n', '1.0'),
    ]) {
      const client = await lab.open();
      client.send(text + announce(2));
      const { head } = await client.response();
      expect(head).to.contain('\r\nConnection: close\r\n');
      await client.closed;
      expect(client.unread).to.equal('');
    }
  });

  it('takes bytes behind the last request without resetting the connection', async () => {
    const client = await lab.open();
    client.send(`${announce(1, '', '1.0')}\0`);
    expect(await seeders(client)).to.equal(1);
    await client.closed;
    expect(client.socket.errored).to.equal(null);
  });

  it('refuses and closes when an announce has a body', async () => {
    const client = await lab.open();
    client.send(announce(1, 'Content-Length: 3\r\n').concat('abc'));
    expect((await client.response()).body).to.deep.equal(REFUSALS.badRequest.httpBody);
    await client.closed;
    expect(lab.tracker.askers).to.deep.equal([]);
  });

  it('drops a connection whose head grows beyond its limit', async () => {
    const client = await lab.open();
    client.send(`GET /announce?${'x'.repeat(9000)}`);
    await client.closed;
    expect(client.unread).to.equal('');
  });

  it('ignores the address that a client claims', async () => {
    const client = await lab.open('127.0.0.7');
    client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\n').replace('?', '?ip=6.6.6.6&'));
    await client.response();
    expect(lab.tracker.askers).to.deep.equal(['127.0.0.7']);
  });

  it('tells tracker id and warning with each announce that is served, and with no refusal', async () => {
    await lab.listener.close(0);
    await lab.start({ notes: { trackerId: 'n-1', warning: 'we move' } });
    const client = await lab.open();
    client.send(`${announce(1)}GET /announce?x HTTP/1.1\r\n\r\n`);
    expect((await client.response()).body.toString('latin1')).to.match(
      /10:tracker id3:n-115:warning message7:we movee$/,
    );
    expect((await client.response()).body).to.deep.equal(REFUSALS.badInfoHash.httpBody);
  });
});
