import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  countCommand,
  countPlaywright,
  countVitest,
  runVisibly,
  sumResults,
} from '../../../build/scripts/lib/stage.mjs';

let folder: string;
let report: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stage-'));
  report = path.join(folder, 'report.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

const ended = (code: number, output = '') => ({ code, output });

/** The parts of vitest's JSON report that are counted. */
const vitestFile = (status: string, tests: readonly string[], message = '') => ({
  name: '/repository/test/unit/a.test.ts',
  status,
  message,
  assertionResults: tests.map((result, index) => ({
    status: result,
    fullName: `test ${index}`,
    failureMessages: result === 'failed' ? ['expected 1 to be 2'] : [],
  })),
});

describe('counting a command', () => {
  test('it is one test, whose failure shows the end of its output', () => {
    expect(countCommand('Types', ended(0))).toEqual({ passed: 1, failed: 0, skipped: 0, failures: [] });
    const failed = countCommand('Types', ended(2, 'a.ts(1,1): error TS1: no'));
    expect(failed).toMatchObject({ passed: 0, failed: 1 });
    expect(failed.failures[0]).toContain('error TS1: no');
  });
});

describe('counting vitest', () => {
  test('passed, failed and skipped tests are told apart', () => {
    writeFileSync(
      report,
      JSON.stringify({ testResults: [vitestFile('failed', ['passed', 'failed', 'pending', 'todo'])] }),
    );
    const result = countVitest('Unit', report, ended(1));
    expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 2 });
    expect(result.failures[0]).toContain('expected 1 to be 2');
  });

  test('a file that could not be loaded is a failure', () => {
    writeFileSync(report, JSON.stringify({ testResults: [vitestFile('failed', [], 'Cannot find module x')] }));
    const result = countVitest('Unit', report, ended(1));
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(result.failures[0]).toContain('Cannot find module x');
  });

  test('a runner that ends badly without a report is a failure, never a silent zero', () => {
    expect(countVitest('Unit', report, ended(124, 'out of time'))).toMatchObject({ passed: 0, failed: 1 });
  });

  test('a runner that ends badly though every test passed is a failure', () => {
    writeFileSync(report, JSON.stringify({ testResults: [vitestFile('passed', ['passed'])] }));
    expect(countVitest('Unit', report, ended(1, 'Unhandled rejection'))).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe('counting Playwright', () => {
  const spec = (title: string, status: string, message?: string) => ({
    title,
    tests: [{ status, results: [{ status, ...(message === undefined ? {} : { error: { message } }) }] }],
  });

  test('specs of nested suites count, flaky ones as failures', () => {
    const suites = [
      {
        title: 'prompt.e2e.ts',
        specs: [spec('opens', 'expected'), spec('wavers', 'flaky')],
        suites: [{ title: 'deny', specs: [spec('is refused', 'unexpected', 'not visible'), spec('later', 'skipped')] }],
      },
    ];
    writeFileSync(report, JSON.stringify({ suites, errors: [] }));
    const result = countPlaywright('End to end', report, ended(1));
    expect(result).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
    expect(result.failures[1]).toBe('prompt.e2e.ts › deny › is refused\nnot visible');
  });

  test('an error outside every test is a failure', () => {
    writeFileSync(report, JSON.stringify({ suites: [], errors: [{ message: 'no tests found' }] }));
    expect(countPlaywright('End to end', report, ended(1))).toMatchObject({ passed: 0, failed: 1 });
  });
});

test('the sum is over every stage', () => {
  const sum = sumResults([
    { passed: 2, failed: 1, skipped: 0, failures: ['a'] },
    { passed: 3, failed: 1, skipped: 4, failures: ['b'] },
  ]);
  expect(sum).toEqual({ passed: 5, failed: 2, skipped: 4, failures: ['a', 'b'] });
});

test('a command that does not end in time is ended, with all that it started', async () => {
  const capture = path.join(folder, 'capture.log');
  const wait = 'setInterval(() => {}, 1000);';
  const child = `require('node:child_process').spawn(process.execPath, ['-e', '${wait}'], { stdio: 'inherit' });`;
  // Resolves only when nobody holds the output open any more, the child's child included.
  const result = await runVisibly(process.execPath, ['-e', `console.log('started'); ${child} ${wait}`], {
    env: process.env,
    capture,
    timeoutMs: 1000,
  });
  expect(result).toEqual({ code: 124, output: 'started\n' });
});
