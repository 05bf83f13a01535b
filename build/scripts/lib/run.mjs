import { spawn } from 'node:child_process';
import { WorkshopError } from './report.mjs';

/**
 * Runs a command to its end, collecting its output.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, onOutput?: (text: string) => void, timeoutMs?: number }} [options]
 *   `onOutput` receives standard output and error as they come; without `input` standard input is closed.
 * @returns {Promise<{ code: number, output: string }>} `code` is 127 when the command could not be started, 124 on timeout.
 */
export function run(command, commandArguments, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, options.timeoutMs)
      : undefined;
    const collect = (chunk) => {
      const text = chunk.toString('utf8');
      output += text;
      options.onOutput?.(text);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    if (options.input !== undefined) child.stdin.end(options.input);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, output: `${output}${error.message}\n` });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: timedOut ? 124 : (code ?? (signal ? 128 : 1)), output });
    });
  });
}

/**
 * Like {@link run}, but a non-zero exit is an error that shows the start and the end of the output.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {Parameters<typeof run>[2]} [options]
 * @returns {Promise<string>} The output.
 */
export async function runOrFail(command, commandArguments, options) {
  const { code, output } = await run(command, commandArguments, options);
  if (code === 0) return output;
  const lines = output.trimEnd().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 20), '  …', ...lines.slice(-20)] : lines;
  throw new WorkshopError(`${command} ${commandArguments.join(' ')} failed (exit ${code}):\n${shown.join('\n')}`);
}
