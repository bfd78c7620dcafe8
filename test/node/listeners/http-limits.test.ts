import { expect } from 'chai';
import { until } from '../../helpers/until.ts';
import { announce, describeHttp, seeders } from './http-lab.ts';

describeHttp('limits', (lab) => {
  it('connections per address', async () => {
    await lab.start({ limits: { maxConnectionsPerClient: 2 } });
    const [first, second, third] = [await lab.open(), await lab.open(), await lab.open()];
    // The addon sees a connection once something is asked on it.
    first.send('G');
    second.send('G');
    await until(() => lab.listener.stats.connections === 2);
    third.send('G');
    await third.closed;
    expect(lab.listener.stats).to.deep.equal({ connections: 2, refusedConnections: 1 });
    const other = await lab.open('127.0.0.2');
    other.send(announce(1));
    expect(await seeders(other)).to.equal(1);
    first.socket.destroy();
    await until(() => lab.listener.stats.connections === 2);
    const next = await lab.open();
    next.send(announce(1));
    expect(await seeders(next)).to.equal(1);
  });

  it('connections per address that are kept after an announce', async () => {
    await lab.start({ limits: { maxConnectionsPerClient: 2 } });
    const [first, second, third] = [await lab.open(), await lab.open(), await lab.open()];
    for (const client of [first, second, first]) {
      client.send(announce(1));
      expect(await seeders(client)).to.equal(1);
    }
    third.send(announce(2));
    await third.closed;
    expect(lab.listener.stats).to.deep.equal({ connections: 2, refusedConnections: 1 });
    first.socket.end();
    await until(() => lab.listener.stats.connections === 1);
    const next = await lab.open();
    next.send(announce(3));
    expect(await seeders(next)).to.equal(3);
    expect(lab.listener.stats.connections).to.equal(2);
  });

  it('connections in all', async () => {
    await lab.start({ limits: { maxConnections: 1 } });
    const first = await lab.open();
    first.send(announce(1));
    await first.response();
    const second = await lab.open();
    second.send('G');
    await second.closed;
    expect(lab.listener.stats).to.deep.equal({ connections: 1, refusedConnections: 1 });
  });

  it('the time for a head, though bytes keep coming', async () => {
    let now = 0;
    const clock = { now: (): number => now };
    await lab.start({ clock, limits: { headTimeoutMs: 40, idleTimeoutMs: 1000 } });
    const client = await lab.open();
    client.send(announce(1));
    await client.response();
    client.send('GET /announce?');
    client.send(announce(2).slice(14));
    await client.response();
    client.send(`${announce(3)}GET /ann`);
    await client.response();
    now += 41;
    client.send('ounce?');
    await client.closed;
    expect(lab.tracker.askers).to.have.length(3);
  });

  it('the time and the length of a head of the control plane', async () => {
    await lab.start({ limits: { headTimeoutMs: 40 } });
    const late = await lab.open();
    late.send('GET /stats HTTP/1.1\r\n');
    await late.closed;
    expect(late.unread).to.match(/^HTTP\/1\.1 408 /);
    const long = await lab.open();
    long.send(`GET /stats HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(16 * 1024)}\r\n\r\n`);
    await long.closed;
    expect(long.unread).to.match(/^HTTP\/1\.1 431 /);
  });

  it('the time without a request', async () => {
    let now = 0;
    const clock = { now: (): number => now };
    await lab.start({ clock, limits: { headTimeoutMs: 40, idleTimeoutMs: 1000 } });
    const client = await lab.open();
    client.send(announce(1));
    await client.response();
    now += 1001;
    await client.closed;
  });

  it('requests that a connection sends to the control plane before it is answered', async () => {
    let asked = 0;
    await lab.start({
      control: (_request, response) => {
        asked++;
        response.writeHead(200, { 'Content-Length': 0 }).end();
      },
    });
    const request = 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n';
    const client = await lab.open();
    for (let round = 0; round < 3; round++) {
      client.send(request.repeat(16));
      for (let i = 0; i < 16; i++) expect((await client.response()).head).to.match(/^HTTP\/1.1 200 /);
    }
    client.send(request.repeat(500));
    await client.closed;
    expect(asked).to.equal(4 * 16);
  });

  it('the time that an answer of the control plane waits for its reader', async () => {
    await lab.start({
      limits: { idleTimeoutMs: 50 },
      control: (_request, response) => response.end(Buffer.alloc(16 << 20)),
    });
    const client = await lab.open();
    client.socket.pause();
    client.send('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => lab.listener.stats.connections === 1);
    await until(() => lab.listener.stats.connections === 0);
    client.socket.resume();
    await client.closed;
  });
});
