import type { Reason } from './reasons.ts';

/** The page with a section for each reason, as a path from the root of the repository. */
export const troubleshootingPage = 'docs/troubleshooting.md';

/** The section that says what a reason means and what to do, for the command line; messages do not carry it. */
export const docsLinkOf = (reason: Reason): string => `${troubleshootingPage}#${reason.toLowerCase()}`;
