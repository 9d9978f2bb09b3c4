import type { Condition, ConditionType, SessionStoreStatus } from '../api/status.ts';

/** The condition of this type; undefined if the status has none. */
export const conditionOf = (
  status: SessionStoreStatus | undefined,
  type: ConditionType,
): Condition | undefined => status?.conditions?.find((condition) => condition.type === type);
