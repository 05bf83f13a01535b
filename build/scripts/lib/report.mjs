/** An expected failure of a workshop script: shown as its message alone, without a stack. */
export class WorkshopError extends Error {
  /** @param {string} message What went wrong and what to do about it. */
  constructor(message) {
    super(message);
    this.name = 'WorkshopError';
  }
}

let stream = process.stdout;

/** Sends progress to standard error from now on, for commands whose standard output is data. */
export function reportOnStandardError() {
  stream = process.stderr;
}

/** Prints one progress line. @param {string} text */
export function say(text) {
  stream.write(`${text}\n`);
}

/**
 * Runs a slow task with a line at its start, one every ten seconds while it lasts, and one at its end.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function step(title, task) {
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`;
  say(`• ${title} …`);
  const ticker = setInterval(() => say(`  … ${title}: ${elapsed()}`), 10_000);
  try {
    const result = await task();
    say(`✓ ${title} (${elapsed()})`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}

/**
 * Runs a script's main function; an expected failure prints its message, anything else its stack, and both exit 1.
 * @param {() => Promise<void>} main
 */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof WorkshopError ? `✗ ${error.message}` : (error?.stack ?? error)}\n`);
    process.exit(1);
  }
}
