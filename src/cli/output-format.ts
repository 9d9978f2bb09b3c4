/** The values of `-o`. */
export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** True for a format that programs read: nothing else may be in the output. */
export const isForPrograms = (format: OutputFormat): format is 'json' | 'yaml' =>
  format === 'json' || format === 'yaml';
