import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { startTail } from '../../../supernode/jobs/tail.ts';
import { until } from '../../helpers/until.ts';

describe('supernode/jobs/tail.ts', () => {
  let looks: number;
  let hint: () => void;
  let isListening: boolean;
  let fails: boolean;
  let said: string[];
  let tail: ReturnType<typeof startTail>;

  beforeEach(() => {
    looks = 0;
    fails = false;
    said = [];
    const log = createLog({ level: 'silent', role: 'test' });
    log.info = (message: unknown) => said.push(`info: ${String(message)}`);
    log.error = (_: unknown, message?: unknown) => said.push(`error: ${String(message)}`);
    tail = startTail({
      ledger: {
        catchUp: async () => {
          looks++;
          if (fails) throw new Error('lost');
        },
      },
      store: {
        onHint: (listener) => {
          hint = listener;
          isListening = true;
          return () => {
            isListening = false;
          };
        },
      },
      random: seededRandom(1),
      log,
    });
  });
  afterEach(() => tail.stop());

  it('looks at a hint, and every so often without one', async () => {
    hint();
    await until(() => looks === 1);
    await until(() => looks === 2);
  });

  it('says once that the database is lost, and once that it is back', async () => {
    fails = true;
    for (let times = 1; times <= 3; times++) {
      hint();
      await until(() => looks >= times);
    }
    fails = false;
    hint();
    await until(() => said.length > 1);
    expect(said.map((line) => line.slice(0, line.indexOf(':')))).to.deep.equal(['error', 'info']);
  });

  it('hears no more when it was stopped', async () => {
    await tail.stop();
    expect(isListening).to.equal(false);
  });
});
