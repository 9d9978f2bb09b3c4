/** The expected refusal of a store: its reason, and words of its message. */
export const refusal =
  (reason: string, ...words: readonly RegExp[]) =>
  async (promise: Promise<unknown>) => {
    const error = await promise.then(
      (report) => new Error(`Expected ${reason}, got ${JSON.stringify(report)}`),
      (thrown: Error & { reason?: string }) => thrown,
    );
    const missing = words.filter((word) => !word.test(error.message));
    if ((error as { reason?: string }).reason !== reason || missing.length > 0) {
      throw new Error(`Expected ${reason} and ${missing.join(', ') || 'its words'}`, { cause: error });
    }
  };
