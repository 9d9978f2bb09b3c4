import type { Progress } from '../../api/progress.ts';
import { cut } from '../table.ts';

const shortest = 10;
const longest = 40;

const count = (value: number): string => Math.round(value).toLocaleString('en');

/** `45 s`, `3 min`, `2 h 5 min`: as exact as an estimate deserves. */
export function roughDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(Math.round(seconds), 1)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

/** Seconds that a clean-up will still take; undefined where that cannot be known. */
export function secondsLeft({ seen, rate, of }: Progress): number | undefined {
  return of === undefined || rate === 0 ? undefined : Math.max(of - seen, 0) / rate;
}

/** The figures of a progress, what matters most first. */
function figuresOf(progress: Progress, isDryRun: boolean): readonly string[] {
  const { deleted, seen, rate, of } = progress;
  const left = secondsLeft(progress);
  return [
    isDryRun ? `${count(seen)} looked at` : `${count(deleted)} deleted`,
    ...(left === undefined ? [] : [`${roughDuration(left)} left`]),
    ...(rate > 0 ? [`${count(rate)}/s`] : []),
    ...(of === undefined ? [] : [`of about ${count(of)}`]),
  ];
}

function barOf(share: number, width: number): string {
  const filled = Math.round(share * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

/** As many of the parts as fit the width, the first ones first; the first is cut if it alone does not fit. */
function fitting(parts: readonly string[], width: number): string {
  for (let last = parts.length; last > 1; last -= 1) {
    const text = parts.slice(0, last).join(' · ');
    if (text.length <= width) return text;
  }
  return cut(parts[0] ?? '', width);
}

/** A run that a line is about. */
export interface LineOptions {
  /** Heads the line, padded by the caller where several stand below each other. */
  readonly label: string;
  readonly isDryRun: boolean;
  /** Columns of the terminal; undefined in a pipe. */
  readonly width?: number | undefined;
}

/**
 * One line with the progress of a run, no wider than the terminal: a bar where it is known of how many, and the figures
 * that fit beside it.
 */
export function progressLine(progress: Progress, { label, isDryRun, width }: LineOptions): string {
  const figures = figuresOf(progress, isDryRun);
  if (width === undefined) return `${label}: ${figures.join(', ')}`;
  const room = width - label.length - 2;
  if (room < shortest) return cut(label, width);
  const { seen, of } = progress;
  const all = figures.join(' · ').length;
  const barWidth = Math.min(longest, Math.max(room - all - 7, shortest));
  // `100 %` and a blank on each side.
  if (!of || room < barWidth + 7 + shortest) return `${label}  ${fitting(figures, room)}`;
  const share = Math.min(seen / of, 1);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${label}  ${barOf(share, barWidth)} ${percent} % ${fitting(figures, room - barWidth - 7)}`;
}

/** One line on a run without progress: what it waits for, or that it runs. */
export function stateLine(text: string, { label, width }: LineOptions): string {
  return width === undefined ? `${label}: ${text}` : cut(`${label}  ${text}`, width);
}
