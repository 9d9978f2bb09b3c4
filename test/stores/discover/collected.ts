import type { Assumptions, Finding } from '../../../src/stores/discover/finding.ts';

export const assumptions: Assumptions = { unmodifiedFor: '14d', ttl: '14d' };

export async function collected(found: AsyncIterable<Finding>): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of found) findings.push(finding);
  return findings;
}
