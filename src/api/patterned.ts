import type { z } from 'zod';

/** A string of the pattern. The API server says the message where it refuses another one, beside the pattern. */
export const patterned = (text: z.ZodString, pattern: RegExp, message: string): z.ZodString =>
  text.regex(pattern, message).meta({ patternMessage: message });
