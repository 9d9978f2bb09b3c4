import { open } from 'node:fs/promises';
import { exitWhenIdle } from '../../../src/runner/exit-when-idle.ts';

// A file operation that never ends: a FIFO without a writer.
void open(process.argv[2] ?? '', 'r');
await exitWhenIdle(1);
