import { shapes } from '../../layouts/index.ts';
import type { Server } from '../../layouts/layout.ts';
import { timeColumnOf } from '../../layouts/table-form.ts';
import { plain } from './plain-name.ts';
import { ofSessions } from './session-like.ts';

/** Plain names of columns of which a table of sessions has at least one, or else a name that says sessions. */
export const telling = (server: Server): readonly string[] => [
  ...new Set([
    ...ofSessions,
    ...shapes.flatMap((layout) => {
      const form = layout[server];
      return form ? [plain(timeColumnOf(form))] : [];
    }),
  ]),
];
