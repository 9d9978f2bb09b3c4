import type { DirectoryLayout } from '../../layouts/layout.ts';
import type { FileOperations } from './files.ts';
import type { Places } from './places.ts';
import type { SyncFileOperations } from './quarantine.ts';

/** What every part of the store works on. */
export interface StoreContext {
  readonly files: FileOperations;
  /** How clean-up reaches files; absent: by node:fs, in threads of its own. */
  readonly syncFiles?: SyncFileOperations;
  readonly places: Places;
  readonly layout: DirectoryLayout;
}
