/** RFC 3339 with the six digits that the API server requires for a MicroTime. */
export const microTime = (date = new Date()): string => date.toISOString().replace('Z', '000Z');
