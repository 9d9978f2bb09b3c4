/** A foreign key of another table that refers to the sessions. */
export interface Reference {
  readonly constraint: string;
  /** The table that refers. */
  readonly table: string;
  /** The rule, in the words of SQL. */
  readonly onDelete: string;
}

const reaches: Readonly<Record<string, string>> = {
  CASCADE: 'deletes rows there, too,',
  'SET NULL': 'sets its column to NULL',
  'SET DEFAULT': 'sets its column to its default',
};

/** ON DELETE rules by which a DELETE reaches rows of another table. */
export const reachingRules: readonly string[] = Object.keys(reaches);

export const isReaching = ({ onDelete }: Pick<Reference, 'onDelete'>): boolean =>
  reachingRules.includes(onDelete);

/** The difference that a reaching foreign key makes, as a phrase. Only a custom layout may name tables that a DELETE reaches. */
export function reachingProblem({ constraint, table, onDelete }: Reference): string {
  const hint =
    onDelete === 'CASCADE' ? `, or, in a custom layout, name ${table} in customLayout.table.cascades` : '';
  return `foreign key ${constraint} of ${table} ${reaches[onDelete]} when a session is deleted: change its ON DELETE${hint}`;
}

/** The note on a foreign key that does not reach. */
export const keepingNote = ({ constraint, table }: Reference): string =>
  `foreign key ${constraint} of ${table} keeps the sessions it refers to from being deleted`;
