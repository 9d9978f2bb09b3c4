import { expect, test } from 'vitest';
import { setupPlan } from '../../src/stores/setup-plan.ts';
import { planCases } from './plan-cases.ts';

test.each(planCases)('%s', (_title, { mark, ...found }, plan) => {
  expect(setupPlan({ mark, ...found })).toBe(plan);
});
