import type { Reason } from './reasons.ts';

/** Where the pages of docs/ are for a person without the repository; the runbook links of alerts begin with it, too. */
export const docsBase = 'https://sessionstore.dev/docs';

/** The page with a section for each reason. */
export const troubleshootingPage = `${docsBase}/troubleshooting.md`;

/** The section that says what a reason means and what to do, for the command line; messages do not carry it. */
export const docsLinkOf = (reason: Reason): string => `${troubleshootingPage}#${reason.toLowerCase()}`;
