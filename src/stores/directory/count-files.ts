import fs from 'node:fs';
import { secondsOf } from '../../api/duration.ts';
import { lacksTtl, resolvedFileForm } from '../../layouts/file-form.ts';
import type { Layout } from '../../layouts/layout.ts';
import { ageOf } from '../discover/assumed.ts';
import type { Assumed, Assumptions, Counts } from '../discover/finding.ts';
import { scaled } from '../discover/scaled.ts';
import { sessionNamesIn, sessionPath } from './session-files.ts';
import { type Judgement, lookAt } from './time/look.ts';

export interface CountOptions extends Assumptions {
  readonly exactFiles: number;
}

interface FileCounts {
  /** Names of sessions, and how many of these files were looked at. */
  names: number;
  listed: number;
  sessions: number;
  stale: number;
  unreadable: number;
  bytes: number;
  oldestMs: number;
}

/** More names than a folder of sessions has; listing them takes seconds. */
const mostNames = 5_000_000;
const chunk = 1000;

/** The counts of a folder's sessions: of all files, or of those that are listed first where there are many. */
export async function countFiles(
  folder: string,
  layout: Layout,
  depth: number,
  options: CountOptions,
): Promise<{ readonly counts: Counts; readonly bytes: number; readonly assumed: Assumed }> {
  const { directory } = layout;
  if (!directory) throw new Error(`Expected ${layout.name} to have files`);
  const { ttl, timeZone, exactFiles } = options;
  const { ageSeconds, assumed } = ageOf(layout, options);
  const form = resolvedFileForm(directory, { depth, ttl: secondsOf(ttl), timeZone });
  const cutoff = Date.now() - ageSeconds * 1000;
  const judgement: Judgement = { layout: form, cutoff, leftoverCutoff: cutoff };
  const { names, ...counted } = await fileCountsOf(folder, judgement, exactFiles);
  const seen = countsOf(counted);
  const isSample = names > counted.listed;
  return {
    counts: isSample ? scaled(seen, names) : seen,
    bytes: Math.round(isSample ? (counted.bytes * names) / counted.listed : counted.bytes),
    assumed: { ...assumed, ...(lacksTtl(directory) && { ttl }) },
  };
}

/** Lists every name, and looks at the first ones. */
async function fileCountsOf(folder: string, judgement: Judgement, most: number): Promise<FileCounts> {
  const { layout } = judgement;
  const counted: FileCounts = {
    names: 0,
    listed: 0,
    sessions: 0,
    stale: 0,
    unreadable: 0,
    bytes: 0,
    oldestMs: Infinity,
  };
  for await (const names of sessionNamesIn(fs.promises, { folder, layout, size: chunk })) {
    const looked = names.slice(0, Math.max(most - counted.listed, 0));
    for (const name of looked) add(counted, sessionPath(layout, folder, name), name, judgement);
    counted.listed += looked.length;
    counted.names += names.length;
    if (counted.names >= mostNames) break;
  }
  return counted;
}

function add(counted: FileCounts, path: string | Buffer, name: string, judgement: Judgement): void {
  const look = lookAt(fs, path, name, judgement);
  if (!look || look.is === 'NoFile') return;
  counted.sessions += 1;
  counted.bytes += fs.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (look.is === 'Unreadable' || look.is === 'Failing') counted.unreadable += 1;
  if (look.is !== 'Stale') return;
  counted.stale += 1;
  counted.oldestMs = Math.min(counted.oldestMs, look.timeMs);
}

const countsOf = ({ sessions, stale, unreadable, oldestMs }: Omit<FileCounts, 'names'>): Counts => ({
  sessions,
  stale,
  unreadable,
  isEstimate: false,
  ...(Number.isFinite(oldestMs) && { oldestStale: new Date(oldestMs).toISOString() }),
});
