import { type DestinationStream, type Logger, pino } from 'pino';

/** The longest wait of a line for others. */
const maxWaitMs = 100;
/** As much is written at once, without a wait. */
const batchBytes = 8192;
/** As much waits for a slow reader, some thousands of lines; later lines are dropped, and counted. */
const maxWaitingBytes = 4 * 1024 * 1024;

/** The destination's own periodicFlush writes ten times a second, even without a line: 14 s of CPU in an idle hour. */
function batched(destination: ReturnType<typeof pino.destination>): DestinationStream {
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

/** Logs how many lines were dropped, once there is room again. */
function countDropped(destination: ReturnType<typeof pino.destination>, log: Logger): void {
  let dropped = 0;
  destination.on('drop', () => {
    dropped += 1;
  });
  destination.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'lines of this log were dropped: its reader was too slow');
  });
}

/**
 * The log of the operator, as JSON lines on stdout. A slow reader, or a slow disk, does not hold up the operator, nor
 * fill its memory. Lines are written together, as each write wakes a thread. A process that exits has written every line
 * that was not dropped; one that is killed loses those of the last tenth of a second.
 */
export function operatorLog(level: string): Logger {
  const destination = pino.destination({ sync: false, minLength: batchBytes, maxLength: maxWaitingBytes });
  const log = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: null,
    },
    batched(destination),
  );
  countDropped(destination, log);
  return log;
}
