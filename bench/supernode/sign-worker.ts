// A thread that signs plants.

import { parentPort, workerData } from 'node:worker_threads';
import { sign } from './planted.ts';

parentPort?.postMessage(sign(workerData));
