import { open } from 'node:fs/promises';
import { leave } from '../../../src/runner/leave.ts';

// A file operation that never ends: a FIFO without a writer.
void open(process.argv[2] ?? '', 'r');
await leave(1);
