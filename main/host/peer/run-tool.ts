import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const deadlineMs = 5_000;
const mostBytes = 16 * 1024 * 1024;

/** Runs one of the operating system's own tools and gives its output; rejects when it fails or takes longer than five seconds. */
export type RunTool = (file: string, values: readonly string[]) => Promise<string>;

/** See {@link RunTool}. */
export const runTool: RunTool = async (file, values) => {
  const { stdout } = await run(file, [...values], {
    timeout: deadlineMs,
    maxBuffer: mostBytes,
    windowsHide: true,
    encoding: 'utf8',
  });
  return stdout;
};
