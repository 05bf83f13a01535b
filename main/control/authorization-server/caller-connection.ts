import type { LoopbackConnection } from '#shared/model/process.ts';

const headerPattern = /^(.{2,45}):(\d{1,5})>(\d{1,5})$/;

/** Reads the header by which the gateway names its caller's connection, `ADDRESS:PORT>LOCALPORT`; null when there is none. */
export function parseCallerConnection(header: string): LoopbackConnection | null {
  const match = headerPattern.exec(header);
  if (match === null) return null;
  const [, address = '', callerPort, localPort] = match;
  return {
    callerAddress: address.replace(/^\[(.*)\]$/, '$1'),
    callerPort: Number(callerPort),
    localPort: Number(localPort),
  };
}
