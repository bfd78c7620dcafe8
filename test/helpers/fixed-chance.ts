// Every run of the tests draws the same examples, so that a change alone turns a test red. ANATOMIC_TEST_SEED draws others.

import fc from 'fast-check';

const SEED = 20_260_101;

fc.configureGlobal({ seed: Number(process.env.ANATOMIC_TEST_SEED ?? SEED) });
