/**
 * Causes for which a stale session cannot be deleted, with the text that a report adds after the count. All other
 * sessions are deleted.
 */
export const undeletable = {
  Referenced: 'a foreign key of another table refers to them',
  Refused: 'the server refuses to delete them',
  NotPermitted: 'they are files of another owner, or in a folder that may not be written',
  IoError: 'the file system fails on them',
} as const;

export type UndeletableCause = keyof typeof undeletable;

export const undeletableCauses = Object.keys(undeletable) as [UndeletableCause, ...UndeletableCause[]];
