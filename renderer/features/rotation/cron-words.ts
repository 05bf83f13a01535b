import cronstrue from 'cronstrue';

/** `at 04:00, on day 1 of the month`: the times of a cron expression; as it stands where it is none. */
export function cronWords(expression: string): string {
  try {
    const words = cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: false });
    return `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
  } catch {
    return `at ${expression}`;
  }
}
