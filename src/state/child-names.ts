/** Number of set-up attempts before the numbers start again at 1; the Jobs with these numbers are long gone then. */
export const maxAttempt = 999;

/** `<store>-setup-<hash>`, with `-<n>` from the second attempt on: at most 63 characters. */
export function setupJobName(store: string, hash: string, attempt: number): string {
  return `${store}-setup-${hash}${attempt > 1 ? `-${attempt}` : ''}`;
}

/** `<store>-cleanup`: at most 52 characters, as Kubernetes appends 11 to name a CronJob's Jobs. */
export function cleanupCronJobName(store: string): string {
  return `${store}-cleanup`;
}

/** The number after an attempt. */
export function nextAttempt(attempt: number): number {
  return (attempt % maxAttempt) + 1;
}
