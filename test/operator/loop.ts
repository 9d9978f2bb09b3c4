import { afterAll, beforeAll } from 'vitest';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../../scripts/cluster/control-plane.ts';
import type { OperatorParts } from '../../src/operator/operator.ts';
import { ApiClient, createNamespace, installCrd } from '../api-client.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

interface LoopOptions {
  readonly controlPlane?: ControlPlaneOptions;
  readonly namespaces?: readonly string[];
  /** Creates the objects that must exist before the operator starts. */
  readonly prepare?: (api: ApiClient) => Promise<unknown>;
  readonly args?: readonly string[];
  readonly parts?: Partial<OperatorParts>;
}

/** Every controller except that of CronJobs, which would start a run when the clock passes a store's schedule. */
export const unscheduled: ControlPlaneOptions = { controllers: '*,-cronjob-controller' };

/** A control plane of the file's own with the CRD, and the operator in this process. No CronJob starts a run. */
export class Loop {
  readonly #options: LoopOptions;
  #controlPlane: ControlPlane | undefined;
  #api: ApiClient | undefined;
  #operator: RunningOperator | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  get api(): ApiClient {
    if (!this.#api) throw new Error('Expected beforeAll to have started the control plane');
    return this.#api;
  }

  get operator(): RunningOperator {
    if (!this.#operator) throw new Error('Expected beforeAll to have started the operator');
    return this.#operator;
  }

  /** The kubeconfig of an administrator. */
  get kubeconfig(): string {
    if (!this.#controlPlane) throw new Error('Expected beforeAll to have started the control plane');
    return this.#controlPlane.kubeconfig;
  }

  /** Runs one more operator against the control plane. */
  startOperator(args = this.#options.args): Promise<RunningOperator> {
    if (!this.#controlPlane) throw new Error('Expected beforeAll to have started the control plane');
    return startOperator(this.#controlPlane.kubeconfig, args, this.#options.parts);
  }

  /** Stops the operator and starts it again, with other flags where they are given. */
  async restartOperator(args = this.#options.args): Promise<void> {
    await this.operator.stop();
    this.#operator = await this.startOperator(args);
  }

  async start(): Promise<void> {
    this.#controlPlane = await startControlPlane({ ...unscheduled, ...this.#options.controlPlane });
    this.#api = new ApiClient(this.#controlPlane);
    await installCrd(this.api);
    for (const namespace of this.#options.namespaces ?? []) await createNamespace(this.api, namespace);
    await this.#options.prepare?.(this.api);
    this.#operator = await this.startOperator();
  }

  async stop(): Promise<void> {
    await this.#operator?.stop();
    await this.#api?.close();
    await this.#controlPlane?.stop();
  }
}

/** The loop of a file of tests: started before the first of them and stopped after the last. */
export function useLoop(options: LoopOptions = {}): Loop {
  const loop = new Loop(options);
  beforeAll(() => loop.start());
  afterAll(() => loop.stop());
  return loop;
}
