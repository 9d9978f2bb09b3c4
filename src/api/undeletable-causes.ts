/** Why a stale session cannot be deleted, and how a report says it after a count: everything else goes all the same. */
export const undeletable = {
  Referenced: 'a foreign key of another table refers to them',
  Refused: 'the server refuses to delete them',
  NotPermitted: 'they are files of another owner, or in a folder that may not be written',
  IoError: 'the file system fails on them',
} as const;

export type UndeletableCause = keyof typeof undeletable;

export const undeletableCauses = Object.keys(undeletable) as [UndeletableCause, ...UndeletableCause[]];
