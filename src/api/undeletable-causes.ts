/**
 * Causes for which a stale session cannot be deleted, with the text that a report adds after the count: the cause, and
 * what to do. All other sessions are deleted.
 */
export const undeletable = {
  Referenced:
    'a foreign key of another table refers to them: delete the rows there first, or drop the key, which the notes of ' +
    'set-up name',
  Refused:
    'the server refuses to delete them: delete one by hand in the role of clean-up, whose error tells the cause, such as ' +
    'a constraint or a missing right',
  NotPermitted:
    'they are files of another owner, or in a folder that may not be written: set pod.securityContext.runAsUser to the ' +
    'owner, or fsGroup to a group that may write',
  IoError: 'the file system fails on them: see the log of the node’s kernel, and check the volume',
} as const;

export type UndeletableCause = keyof typeof undeletable;

export const undeletableCauses = Object.keys(undeletable) as [UndeletableCause, ...UndeletableCause[]];
