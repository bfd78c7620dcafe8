import { expect } from 'chai';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { announce, describeHttp, seeders } from './http-lab.ts';

describeHttp('hands over', (lab) => {
  beforeEach(() => lab.start());

  it('everything else to the control plane, however it is cut', async () => {
    const client = await lab.open();
    for (const part of ['G', 'ET /stats HTT', 'P/1.1\r\nHost: x\r\n', '\r\n']) client.send(part);
    expect((await client.response()).body.toString()).to.equal('GET /stats');
    client.send('POST /v2/plant HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc');
    expect((await client.response()).body.toString()).to.equal('POST /v2/plant');
  });

  it('a connection on which clients have announced, in order', async () => {
    const client = await lab.open();
    client.send(`${announce(1)}${announce(2)}GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect([await seeders(client), await seeders(client)]).to.deep.equal([1, 2]);
    expect((await client.response()).body.toString()).to.equal('GET /a');
    expect((await client.response()).body.toString()).to.equal('GET /b');
  });

  it('and announces and scrapes there too, as a proxy mixes them', async () => {
    const client = await lab.open();
    client.send(`GET /stats HTTP/1.1\r\nHost: x\r\n\r\n${announce(9)}`);
    await client.response();
    const { head, body } = await client.response();
    expect(head).to.match(/^HTTP\/1.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: /);
    expect(body.toString('latin1')).to.match(/^d8:completei9e/);
    expect(lab.tracker.askers).to.deep.equal(['127.0.0.1']);
    client.send('GET /scrape? HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await client.response()).body).to.deep.equal(REFUSALS.noScrapeHashes.httpBody);
    for (const target of ['POST /announce', 'GET /announcer', 'GET /scrapes?x', 'GET /scrape']) {
      client.send(`${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect((await client.response()).body.toString()).to.equal(target);
    }
  });

  it('garbage, which is answered with status 400', async () => {
    const client = await lab.open();
    client.send('\x16\x03\x01\x02\x00\x01\x00');
    await client.closed;
    expect(client.unread).to.match(/^HTTP\/1.1 400 /);
  });
});
