/**
 * All that the gateway's process gets of our environment: where programs are, and the time zone, by which it knows when a day
 * begins.
 */
export function gatewayEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const { PATH = '', TZ } = environment;
  return TZ === undefined ? { PATH } : { PATH, TZ };
}
