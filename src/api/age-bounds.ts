/** The ages of sessions that a plan counts, beyond the age from which a session is stale. */
export const ageBounds = [
  { name: 'underDay', seconds: 86_400, text: 'stale for less than a day' },
  { name: 'underWeek', seconds: 7 * 86_400, text: 'for less than a week' },
  { name: 'underMonth', seconds: 30 * 86_400, text: 'for less than 30 days' },
  { name: 'underYear', seconds: 365 * 86_400, text: 'for less than a year' },
  { name: 'older', seconds: Number.POSITIVE_INFINITY, text: 'for longer' },
] as const;
