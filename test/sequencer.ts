import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Runs the files of projects of one group side by side from beginning to end, where Vitest runs one project after the other. */
export class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byProject = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    const placed = [...byProject.values()].flatMap((ofOne) =>
      ofOne.map((file, index) => ({ file, place: (index + 0.5) / ofOne.length })),
    );
    return placed.sort((a, b) => a.place - b.place).map(({ file }) => file);
  }
}
