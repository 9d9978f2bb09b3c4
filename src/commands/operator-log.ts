import { type DestinationStream, type Logger, pino } from 'pino';

/** The longest wait of a line for others. */
const maxWaitMs = 100;
/** As much is written at once, without a wait. */
const batchBytes = 8192;

/** The destination's own periodicFlush writes ten times a second, even without a line: 14 s of CPU in an idle hour. */
function together(destination: ReturnType<typeof pino.destination>): DestinationStream {
  let isDue = false;
  let hasLines = false;
  const flush = () => {
    isDue = false;
    destination.flush();
  };
  const flushLater = () => {
    if (!isDue) setTimeout(flush, maxWaitMs).unref();
    isDue = true;
  };
  // A flush during a write has no effect, so lines that came meanwhile need another.
  destination.on('drain', () => {
    if (hasLines) flushLater();
    hasLines = false;
  });
  const stream = {
    write: (line: string) => {
      hasLines = true;
      destination.write(line);
      flushLater();
    },
    // For pino, after a fatal line.
    flushSync: () => destination.flushSync(),
  };
  return stream;
}

/**
 * The log of the operator, as JSON lines on stdout. A slow reader, or a slow disk, does not hold up the operator. Lines
 * are written together, as each write wakes a thread. A process that exits has written every line; one that is killed loses
 * those of the last tenth of a second.
 */
export const operatorLog = (level: string): Logger =>
  pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: null,
    },
    together(pino.destination({ sync: false, minLength: batchBytes })),
  );
