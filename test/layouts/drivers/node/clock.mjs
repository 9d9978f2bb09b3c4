const RealDate = globalThis.Date;
let behind = 0;

// Replaces Date before any library is loaded: a library may keep the constructor that it has found.
class ClockDate extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [Date.now()] : parts));
  }

  static now() {
    return RealDate.now() - behind;
  }
}

globalThis.Date = Object.defineProperty(ClockDate, 'name', { value: 'Date' });

/** The result of `action`, which runs with the clock set back. */
export async function ago(seconds, action) {
  behind = seconds * 1000;
  try {
    return await action();
  } finally {
    behind = 0;
  }
}
