import { expect } from 'chai';
import { startHttpListener } from '../../../node/listeners/http.ts';
import { needIpv6 } from '../../helpers/needs.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';
import { announce, describeHttp, seeders } from './http-lab.ts';

describeHttp('from start to end', (lab) => {
  it('listens on both families without a host', async function () {
    await lab.start({ host: undefined });
    needIpv6(this);
    for (const host of ['127.0.0.1', '::1']) {
      const client = await lab.openTo(host);
      client.send(announce(1));
      expect(await seeders(client)).to.equal(1);
    }
    expect(lab.tracker.askers).to.deep.equal(['127.0.0.1', '::1']);
  });

  it('rejects when the port is taken', async () => {
    await lab.start();
    const second = startHttpListener({
      tracker: lab.tracker,
      clock: { now: () => 0 },
      host: '127.0.0.1',
      port: lab.listener.port,
      control: () => {},
    });
    expect(
      await second.then(
        () => 'bound',
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ).to.equal('EADDRINUSE');
  });

  it('ends idle connections at once, of both kinds, and accepts no more', async () => {
    await lab.start();
    const [first, second] = [await lab.open(), await lab.open()];
    first.send(announce(1));
    second.send('GET /stats HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all([first.response(), second.response()]);
    await lab.listener.close(60_000);
    await Promise.all([first.closed, second.closed]);
    await until(() => lab.listener.stats.connections === 0);
    const refused = await RawHttp.connect(lab.listener.port).then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
  });

  it('answers what was begun, then closes', async () => {
    await lab.start();
    const client = await lab.open();
    const text = announce(4);
    client.send(announce(3) + text.slice(0, 40));
    expect(await seeders(client)).to.equal(3);
    const closed = lab.listener.close(60_000);
    client.send(text.slice(40));
    const { head, body } = await client.response();
    expect(head).to.contain('Connection: close');
    expect(body.toString('latin1')).to.match(/^d8:completei4e/);
    await closed;
  });

  it('waits for an answer of the control plane', async () => {
    let finish = (): void => {};
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await lab.start({
      control: (_request, response) => {
        finish = () => response.end('late');
        resolve();
      },
    });
    const client = await lab.open();
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
    const closed = lab.listener.close(60_000);
    finish();
    expect((await client.response()).body.toString()).to.equal('late');
    await closed;
  });

  it('ends what remains after the grace', async () => {
    await lab.start({ control: () => {} });
    const [first, second] = [await lab.open(), await lab.open()];
    first.send('GET /announce?');
    second.send('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all([
      new Promise((resolve) => first.socket.write('x', resolve)),
      new Promise((resolve) => second.socket.write('', resolve)),
    ]);
    await lab.listener.close(20);
    await Promise.all([first.closed, second.closed]);
  });
});
