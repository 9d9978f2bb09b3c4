import { expect, test } from 'vitest';
import { docsBase, docsLinkOf, troubleshootingPage } from '../../src/api/docs-link.ts';
import {
  exitCodeOf,
  failureReasons,
  isPermanent,
  operatorReasons,
  type Reason,
} from '../../src/api/reasons.ts';
import { failureResult, finishedSetup } from '../builders.ts';
import { conditionsOf, status, store } from '../status/status-fixture.ts';
import { anchorOf, read, sectionsOf } from './markdown.ts';

const page = read(troubleshootingPage.replace(`${docsBase}/`, 'docs/'));
const sections = sectionsOf(page);
const reasonSections = sections.filter(({ level }) => level === 3);
const reasons: readonly Reason[] = [...failureReasons, ...operatorReasons];
const textOf = (reason: Reason): string =>
  reasonSections.find(({ title }) => title === reason)?.text.replace(/\s+/g, ' ') ?? '';

test('each reason has one section, and each section has a reason', () => {
  expect(reasonSections.map(({ title }) => title).sort()).toEqual([...reasons].sort());
});

test('the link of a reason leads to its section', () => {
  const anchors = sections.map(({ title }) => `${troubleshootingPage}#${anchorOf(title)}`);
  expect(reasons.filter((reason) => !anchors.includes(docsLinkOf(reason)))).toEqual([]);
});

test('each section of a symptom is in the table of symptoms', () => {
  const [, table = ''] = page.split('| You see | Sections |');
  const symptoms = sections.filter(({ level }) => level === 2).map(({ title }) => title);
  const linked = (title: string) => table.includes(`[${title}](#${anchorOf(title)})`);
  expect(symptoms.filter((title) => !linked(title))).toEqual([]);
});

/** Reasons of a store that works or waits as it should. */
const unproblematic = new Set(sectionsOf(`## ${page.split('\n## ').at(-1)}`).map(({ title }) => title));

test('the section of a problem says what is seen, why, and what to do', () => {
  const problems = reasons.filter((reason) => !unproblematic.has(reason));
  expect(problems.length).toBeGreaterThan(50);
  const isComplete = (text: string) => /^\*\*See\*\* .+ \*\*Why\*\* .+ \*\*Do\*\* .+\.$/s.test(text);
  const isShown = (text: string) => isComplete(text) || /\*\*Do\*\* .+:$/.test(text);
  expect(problems.filter((reason) => !isShown(textOf(reason)))).toEqual([]);
});

test('the section of a failure says that the store is Stalled if it is', () => {
  // A store that clean-up finds missing is created again, so it is not Stalled then.
  const failures = failureReasons.filter((reason) => reason !== 'StoreMissing');
  const isStalled = (reason: (typeof failureReasons)[number]): boolean =>
    'Stalled' in
    conditionsOf(
      status({ setupJobs: [finishedSetup(store, failureResult(reason, 'x'), exitCodeOf(reason))] }),
    );
  for (const reason of failures) {
    const [seen = ''] = textOf(reason).split('**Why**');
    expect([reason, seen.includes('`Stalled`')]).toEqual([reason, isStalled(reason)]);
    expect(isStalled(reason)).toBe(isPermanent(reason));
  }
});
