import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.mjs';

/**
 * What a stage of `npm test` found.
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} StageResult
 *   `failures` has one text per failure, shown at the end of the run.
 */

const groups = new Set();

/** Ends every command that {@link runVisibly} started, with all its descendants. */
export function endRunningCommands() {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      groups.delete(group);
    }
  }
}

/**
 * Runs a command with its output shown and also kept in a file, in a process group of its own that is ended with it.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ env: NodeJS.ProcessEnv, capture: string, timeoutMs: number }} options
 * @returns {Promise<{ code: number, output: string }>} `code` is 124 when the time was up.
 */
export function runVisibly(command, commandArguments, { env, capture, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    groups.add(child.pid);
    const endGroup = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        groups.delete(child.pid);
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup();
    }, timeoutMs);
    const show = (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
      appendFileSync(capture, chunk);
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, output: error.message });
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      endGroup();
      child.once('close', () => resolve({ code: timedOut ? 124 : (code ?? 1), output }));
    });
  });
}

const ansiEscape = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** @param {string} output @param {number} lines @returns {string} The end of an output, without colours. */
const tail = (output, lines) => output.replace(ansiEscape, '').trimEnd().split('\n').slice(-lines).join('\n');

/** @param {string} message @returns {string} A failure's own words, without colours and without the runner's own stack. */
function head(message) {
  const lines = message.replace(ansiEscape, '').trim().split('\n');
  return lines
    .filter((line) => !/^\s+at .*node_modules/.test(line))
    .slice(0, 60)
    .join('\n');
}

/** A command that counts as one test: passed when it exits 0. @returns {StageResult} */
export function countCommand(title, { code, output }) {
  if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [`${title} (exit ${code})\n${tail(output, 60)}`] };
}

/** @param {string} file @returns {unknown} */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Adds a failure when a runner failed though its report names none, or left no report at all. @returns {StageResult} */
function withRunnerFailure(title, result, { code, output }) {
  if (code === 0 || result.failed > 0) return result;
  return { ...result, failed: 1, failures: [`${title} ended with exit ${code}\n${tail(output, 60)}`] };
}

/** Reads vitest's JSON report. A file that could not be loaded counts as one failure. @returns {StageResult} */
export function countVitest(title, reportFile, ended) {
  const result = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const file of readReport(reportFile)?.testResults ?? []) {
    const name = path.relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') result.passed += 1;
      else if (test.status !== 'failed') result.skipped += 1;
      else {
        result.failed += 1;
        result.failures.push(`${name} › ${test.fullName}\n${head(test.failureMessages.join('\n'))}`);
      }
    }
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      result.failed += 1;
      result.failures.push(`${name}\n${head(file.message ?? '')}`);
    }
  }
  return withRunnerFailure(title, result, ended);
}

/** @returns {Generator<{ title: string, spec: { tests: { status: string, results: { error?: { message?: string } }[] }[] } }>} */
function* playwrightSpecs(suite, titles = []) {
  const path = suite.title ? [...titles, suite.title] : titles;
  for (const spec of suite.specs ?? []) yield { title: [...path, spec.title].join(' › '), spec };
  for (const inner of suite.suites ?? []) yield* playwrightSpecs(inner, path);
}

/** Reads Playwright's JSON report. @returns {StageResult} */
export function countPlaywright(title, reportFile, ended) {
  const result = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const report = readReport(reportFile);
  for (const { title: name, spec } of playwrightSpecs({ suites: report?.suites ?? [] })) {
    for (const test of spec.tests) {
      if (test.status === 'expected') result.passed += 1;
      else if (test.status === 'skipped') result.skipped += 1;
      else {
        result.failed += 1;
        const messages = test.results.map((attempt) => attempt.error?.message ?? attempt.status);
        result.failures.push(`${name}\n${head(messages.join('\n'))}`);
      }
    }
  }
  for (const error of report?.errors ?? []) {
    result.failed += 1;
    result.failures.push(`${title}\n${head(error.message ?? '')}`);
  }
  return withRunnerFailure(title, result, ended);
}

/** @param {readonly StageResult[]} results @returns {StageResult} */
export function sumResults(results) {
  return results.reduce(
    (sum, result) => ({
      passed: sum.passed + result.passed,
      failed: sum.failed + result.failed,
      skipped: sum.skipped + result.skipped,
      failures: [...sum.failures, ...result.failures],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );
}
