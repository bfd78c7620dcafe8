import { Socket } from 'node:dgram';
import { expect } from 'chai';
import { startUdpListener } from '../../../node/listeners/udp.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';
import { UdpClient } from '../../helpers/udp-tracker-driver.ts';

describe('node/listeners/udp-datagrams.ts', () => {
  const { setRecvBufferSize } = Socket.prototype;
  afterEach(() => {
    Socket.prototype.setRecvBufferSize = setRecvBufferSize;
  });

  for (const mostBytes of [1 << 20, 0]) {
    it(`serves where the system refuses buffers of more than ${mostBytes} bytes`, async () => {
      const granted: number[] = [];
      Socket.prototype.setRecvBufferSize = (bytes) => {
        if (bytes > mostBytes) throw new Error('ENOBUFS');
        granted.push(bytes);
      };
      const listener = await startUdpListener({
        tracker: createTestTracker('open'),
        clock: { now: () => 0 },
        host: '127.0.0.1',
        port: 0,
        secret: Buffer.alloc(16),
        native: false,
        onError: () => {},
      });
      const client = new UdpClient('127.0.0.1', listener.port);
      expect(await client.connectionId()).to.have.length(8);
      expect(granted).to.deep.equal(mostBytes === 0 ? [] : [mostBytes]);
      client.close();
      await listener.close();
    });
  }
});
