import { expect } from 'chai';
import { type LoadWatch, startLoadWatch } from '../../../node/jobs/load-watch.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

describe('node/jobs/load-watch.ts', () => {
  const pressures: number[] = [];
  const said: string[] = [];
  let watch: LoadWatch | undefined;
  let nowMs: number;
  let announces: number;
  let delayMs: number;
  let fill: number;

  beforeEach(() => {
    pressures.length = 0;
    said.length = 0;
    nowMs = 1_800_000_000_000;
    announces = 1000;
    delayMs = 0;
    fill = 0;
  });
  afterEach(() => watch?.stop());

  function start(fullRate?: number): LoadWatch {
    const say = (_: unknown, message: string): void => void said.push(message);
    watch = startLoadWatch({
      tracker: {
        get fill() {
          return fill;
        },
        setPressure: (pressure) => void pressures.push(pressure),
      },
      announces: () => announces,
      policy: { fullRate },
      clock: { now: () => nowMs },
      random: seededRandom(1),
      log: { info: say, warn: say, error: say } as never,
      loopDelay: { take: () => delayMs, stop: () => void said.push('stopped') },
    });
    return watch;
  }

  it('sets the pressure by the rate since it last looked, the delay and the fullness', async () => {
    const running = start(1000);
    nowMs += 5000;
    announces += 3750;
    await running.runNow();
    nowMs += 5000;
    await running.runNow();
    delayMs = 55;
    await running.runNow();
    fill = 1;
    await running.runNow();
    expect(pressures).to.deep.equal([0.5, 0, 0.5, 1]);
  });

  it('takes a clock that is set back for no rush', async () => {
    const running = start(1000);
    nowMs -= 86_400_000;
    announces += 100;
    await running.runNow();
    expect(pressures).to.deep.equal([0]);
  });

  it('says once that it is pressed, and once that it is at ease again', async () => {
    const running = start();
    for (const level of [0.85, 0.95, 1, 0.85, 0.95, 0.2, 0.1]) {
      fill = level;
      await running.runNow();
    }
    expect(said).to.deep.equal(['under pressure: clients are asked back later', 'at ease again']);
  });

  it('measures the delay of its own process unless told otherwise, and stops measuring', async () => {
    await start().stop();
    expect(said).to.deep.equal(['stopped']);
    const tracker = { fill: 0, setPressure: (pressure: number) => void pressures.push(pressure) };
    const common = { policy: { fullRate: undefined }, clock: { now: () => nowMs }, random: seededRandom(1) };
    watch = startLoadWatch({ tracker, announces: () => 0, ...common, log: {} as never });
    await watch.runNow();
    expect(pressures[0]).to.be.within(0, 1);
  });
});
