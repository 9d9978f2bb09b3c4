import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertRunning, startDaemon } from '../../scripts/cluster/daemon.ts';
import { freePort } from '../../scripts/cluster/free-port.ts';
import { newOwnedDirectory, removeOwnedDirectory } from '../../scripts/cluster/owned-directory.ts';
import { prometheusProgram } from '../../scripts/cluster/prometheus.ts';
import { until } from '../../scripts/cluster/run.ts';
import { alertsFile } from './alert-files.ts';

/** A series with its values, each with its time in seconds; an instant query gives one. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
}

export interface TimeRange {
  readonly start: number;
  readonly end: number;
  /** Seconds between two points. */
  readonly step: number;
}

/** A Prometheus that scrapes one operator each second, with the alert rules. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #directory: string;

  private constructor(url: string, directory: string) {
    this.#url = url;
    this.#directory = directory;
  }

  /** Starts it with the address of the operator's metrics as the only target. */
  static async start(target: URL): Promise<Prometheus> {
    const directory = await newOwnedDirectory();
    const port = await freePort();
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, directory);
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [alertsFile],
      scrape_configs: [
        {
          job_name: 'session-store-operator',
          honor_labels: true,
          static_configs: [{ targets: [target.host], labels: { instance: 'operator-0' } }],
        },
      ],
    };
    // JSON is YAML.
    await writeFile(path.join(directory, 'prometheus.yaml'), JSON.stringify(config));
    const id = startDaemon({
      name: 'prometheus',
      command: await prometheusProgram('prometheus'),
      args: [
        `--config.file=${directory}/prometheus.yaml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      directory,
      outlivesUs: false,
    });
    await until('Prometheus to be ready', 180_000, async () => {
      assertRunning('prometheus', id, directory);
      return (await fetch(`${prometheus.#url}/-/ready`)).ok;
    });
    return prometheus;
  }

  async #get<T>(resource: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const query = new URLSearchParams(parameters);
    const response = await fetch(`${this.#url}/api/v1/${resource}?${query}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`Prometheus refused ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** Evaluates a query now. */
  async query(query: string): Promise<readonly Series[]> {
    const { result } = await this.#get<{ result: readonly RawSeries[] }>('query', { query });
    return result.map(({ metric, value }) => seriesOf(metric, value ? [value] : []));
  }

  /** Evaluates a query at each step. */
  async range(query: string, { start, end, step }: TimeRange): Promise<readonly Series[]> {
    const times = { start: `${start}`, end: `${end}`, step: `${step}` };
    const { result } = await this.#get<{ result: readonly RawSeries[] }>('query_range', { query, ...times });
    return result.map(({ metric, values = [] }) => seriesOf(metric, values));
  }

  /** The values of a label in the series that a selector matches. */
  labelValues(label: string, selector: string): Promise<readonly string[]> {
    return this.#get(`label/${label}/values`, { 'match[]': selector });
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#get<{ groups: readonly { rules: readonly RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return removeOwnedDirectory(this.#directory);
  }
}

type RawPoint = readonly [time: number, value: string];

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: RawPoint;
  readonly values?: readonly RawPoint[];
}

const seriesOf = (labels: Series['labels'], points: readonly RawPoint[]): Series => ({
  labels,
  points: points.map(([time, value]) => [time, Number(value)]),
});
