import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import type { SourceGate } from '../../../node/access/source-gate.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import { formatAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { until } from '../../helpers/until.ts';
import { announce, describeHttp, seeders } from './http-lab.ts';

describeHttp('on who asks', (lab) => {
  describe('behind a proxy', () => {
    const trustedProxies = new NetworkSet(['127.0.0.8/32', '10.0.0.0/8']);

    it('believes trusted ones, from right to left', async () => {
      await lab.start({ trustedProxies });
      const client = await lab.open('127.0.0.8');
      client.send(announce(1, 'X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.1.1\r\n'));
      client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 2001:db8::5\r\n'));
      client.send(announce(1, ''));
      client.send(announce(1, 'X-Forwarded-For: junk\r\n'));
      client.send(`GET /stats HTTP/1.1\r\nHost: x\r\n\r\n${announce(1, 'Host: x\r\nX-Forwarded-For: 192.0.2.9\r\n')}`);
      for (let i = 0; i < 6; i++) await client.response();
      expect(lab.tracker.askers).to.deep.equal(['192.0.2.1', '2001:db8::5', '127.0.0.8', '127.0.0.8', '192.0.2.9']);
    });

    it('does not believe others', async () => {
      await lab.start({ trustedProxies });
      const client = await lab.open('127.0.0.9');
      client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\n'));
      await client.response();
      expect(lab.tracker.askers).to.deep.equal(['127.0.0.9']);
    });
  });

  describe('behind a proxy that speaks the PROXY protocol', () => {
    const trustedProxies = new NetworkSet(['127.0.0.8/32']);
    const limits = { headTimeoutMs: 200 };
    beforeEach(() => lab.start({ trustedProxies, isBehindProxyProtocol: true, limits }));

    it('takes the client from the header, for announces and for the control plane', async () => {
      await lab.listener.close(0);
      const remote = (request: IncomingMessage, response: ServerResponse): void => {
        const body = request.socket.remoteAddress!;
        response.writeHead(200, { 'Content-Length': body.length }).end(body);
      };
      await lab.start({ trustedProxies, isBehindProxyProtocol: true, control: remote });
      const client = await lab.open('127.0.0.8');
      client.send(`PROXY TCP6 2001:db8::7 ::1 1 2\r\n${announce(1, 'X-Forwarded-For: 6.6.6.6\r\n')}`);
      await client.response();
      client.send('GET /stats HTTP/1.1\r\nHost: x\r\n\r\n');
      expect((await client.response()).body.toString()).to.equal('2001:db8::7');
      expect(lab.tracker.askers).to.deep.equal(['2001:db8::7']);
    });

    it('waits for a header that comes byte by byte, of version 2 too', async () => {
      const client = await lab.open('127.0.0.8');
      client.socket.setNoDelay(true);
      const header = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc0401bb', 'hex');
      for (const byte of header) client.socket.write(Buffer.of(byte));
      client.send(announce(5));
      expect(await seeders(client)).to.equal(5);
      expect(lab.tracker.askers).to.deep.equal(['192.0.2.1']);
    });

    it('takes the proxy for the client when it speaks for itself', async () => {
      const client = await lab.open('127.0.0.8');
      client.send(`PROXY UNKNOWN\r\n${announce(5, 'X-Forwarded-For: 192.0.2.3\r\n')}`);
      expect(await seeders(client)).to.equal(5);
      expect(lab.tracker.askers).to.deep.equal(['192.0.2.3']);
    });

    it('ends connections of the proxy without a header, or with none in time', async () => {
      const client = await lab.open('127.0.0.8');
      client.send(announce(1));
      await client.closed;
      await (await lab.open('127.0.0.8')).closed;
      expect(lab.tracker.askers).to.deep.equal([]);
    });

    it('serves others without a header, and does not believe theirs', async () => {
      const client = await lab.open('127.0.0.9');
      client.send(announce(5));
      expect(await seeders(client)).to.equal(5);
      expect(lab.tracker.askers).to.deep.equal(['127.0.0.9']);
      client.send(`PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${announce(6)}`);
      await client.closed;
      expect(lab.tracker.askers).to.deep.equal(['127.0.0.9']);
    });

    it('does not wait for headers when it closes', async () => {
      const client = await lab.open('127.0.0.8');
      client.send('PROXY');
      await until(() => client.socket.bytesWritten > 0);
      await Promise.all([lab.listener.close(60_000), client.closed]);
    });
  });

  describe('with a gate for sources', () => {
    it('refuses by address before it reads the request, and counts why', async () => {
      const traffic = new Traffic();
      const asked: string[] = [];
      const sources: SourceGate = {
        checkAddress: (address, family) => {
          asked.push(formatAddress(address, family));
          return address[3] === 9 ? REFUSALS.forbiddenAddress : undefined;
        },
        checkRate: (_address, _family, nowSeconds) =>
          nowSeconds === 1_800_000_000 && asked.length > 2 ? REFUSALS.tooManyRequests : undefined,
      };
      await lab.start({ sources, traffic });
      const banned = await lab.open('127.0.0.9');
      banned.send('GET /announce?nonsense HTTP/1.1\r\n\r\n');
      expect((await banned.response()).body).to.deep.equal(REFUSALS.forbiddenAddress.httpBody);
      const client = await lab.open();
      client.send(announce(5));
      expect(await seeders(client)).to.equal(5);
      client.send('GET /scrape?info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n\r\n');
      expect((await client.response()).body).to.deep.equal(REFUSALS.tooManyRequests.httpBody);
      expect(asked).to.deep.equal(['127.0.0.9', '127.0.0.1', '127.0.0.1']);
      expect(traffic.counts().refusals).to.deep.equal({ 'forbidden-address': 1, 'too-many-requests': 1 });
    });
  });
});
