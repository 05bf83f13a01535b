import { createRequire } from 'node:module';

interface NativeLibrary {
  func(declaration: string): (...values: readonly unknown[]) => number;
}

/** Which option of a socket to read. */
export interface SocketOption {
  readonly level: number;
  readonly name: number;
  /** Size of the option's value in bytes. */
  readonly bytes: number;
}

let getsockopt: ((...values: readonly unknown[]) => number) | null = null;

/** Reads a socket option through the C library's getsockopt(2); null when the system refuses. */
export function readSocketOption(descriptor: number, option: SocketOption): Buffer | null {
  if (!getsockopt) {
    // Loaded here and not at the top, so that a platform without this call never loads the native code.
    const koffi = createRequire(import.meta.url)('koffi') as { load(path: string | null): NativeLibrary };
    getsockopt = koffi.load(null).func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)');
  }
  const value = Buffer.alloc(option.bytes);
  const length = [option.bytes];
  return getsockopt(descriptor, option.level, option.name, value, length) === 0 ? value : null;
}
