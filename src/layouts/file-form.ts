/** Files in a folder, one for each session. */
export interface FileForm {
  /** True if a file with this name can be a session; folders, links and dot-files never are. */
  readonly isSessionName: (name: string) => boolean;
  /** True if the file's first bytes look like a session; checked for a sample before a folder is adopted. */
  readonly looksLikeSession: (head: Uint8Array) => boolean;
}
