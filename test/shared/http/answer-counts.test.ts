import { expect } from 'chai';
import express from 'express';
import { AnswerCounts } from '../../../shared/http/answer-counts.ts';
import { serveOnLoopback } from '../../helpers/bound-server.ts';

describe('shared/http/answer-counts.ts', () => {
  it('counts answers by route and status, whatever paths strangers make up', async () => {
    const counts = new AnswerCounts();
    const app = express();
    const router = express.Router();
    router.get('/there', (_request, response) => void response.send('yes'));
    app.use(counts.handler);
    app.get('/item/:id', (request, response) => void response.status(Number(request.params.id)).end());
    app.use('/below', router);
    const server = await serveOnLoopback(app);
    for (const path of ['/item/200', '/item/200?x=1', '/item/404', '/below/there', '/below/nothing', '/a', '/b']) {
      await (await fetch(server.url + path)).arrayBuffer();
    }
    await server.close();
    expect(counts.samples()).to.have.deep.members([
      { labels: { route: '/item/:id', status: '200' }, value: 2 },
      { labels: { route: '/item/:id', status: '404' }, value: 1 },
      { labels: { route: '/below/there', status: '200' }, value: 1 },
      { labels: { route: 'other', status: '404' }, value: 3 },
    ]);
    expect(counts.statuses()).to.deep.equal({ '200': 3, '404': 4 });
  });
});
